package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.nio.file.Path;

import io.p2pboot.libp2p.kad.FileKadStore;

/**
 * Opens the files that keep the state of Kademlia; one that cannot is named with its
 * property. Stateless.
 */
final class KadStoreFactory {

	private KadStoreFactory() {
	}

	/**
	 * Opens a file.
	 * @param prefix the properties of the instance, such as {@code libp2p.kad}
	 * @param store where the file is; its location is set
	 * @return the store, to be closed by whoever uses it
	 * @throws InvalidSettingException if the file cannot be used
	 */
	static FileKadStore open(String prefix, Libp2pKadProperties.Store store) {
		String location = String.valueOf(store.location());
		FileLocation property = FileLocation.KAD_STORE.of(prefix + ".store.location");
		Path file = property.resolve(location, System.getProperty("user.home"));
		try {
			return FileKadStore.open(file, store.maxSize().toBytes());
		}
		catch (IllegalArgumentException ex) {
			throw PropertyRanges.invalid(prefix.substring("libp2p.".length()) + ".store.max-size", store.maxSize(),
					"It has to be " + (FileKadStore.LEAST_MAX_BYTES >> 20) + "MB or more.");
		}
		catch (IOException ex) {
			throw new InvalidSettingException(property.property(), location,
					"the file cannot be used: " + ex.getMessage(),
					"Set it to a path that this application alone uses and may write to; a file that is missing "
							+ "is created.",
					ex);
		}
	}

}
