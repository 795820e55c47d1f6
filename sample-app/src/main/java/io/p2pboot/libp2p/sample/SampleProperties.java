package io.p2pboot.libp2p.sample;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What the sample adds to {@code application.yml}.
 *
 * @param files the shared folder
 * @param push from whom files are accepted
 */
@ConfigurationProperties("sample")
public record SampleProperties(@DefaultValue Files files, @DefaultValue Push push) {

	/**
	 * The shared folder.
	 *
	 * @param folder where it is
	 * @param maxFile the largest file that is accepted
	 * @param maxPeer the most that one peer may store
	 * @param maxTotal the most that the folder holds
	 * @param maxCount the most files that the folder holds
	 * @param unfinishedAge after this time an unfinished file is deleted
	 */
	public record Files(@DefaultValue("./data/files") Path folder, @DefaultValue("1GB") DataSize maxFile,
			@DefaultValue("2GB") DataSize maxPeer, @DefaultValue("10GB") DataSize maxTotal,
			@DefaultValue("10000") int maxCount, @DefaultValue("24h") Duration unfinishedAge) {

	}

	/**
	 * From whom files are accepted.
	 *
	 * @param peers the ids of the peers that may push
	 * @param open whether every peer may
	 */
	public record Push(@DefaultValue Set<String> peers, @DefaultValue("false") boolean open) {

	}

}
