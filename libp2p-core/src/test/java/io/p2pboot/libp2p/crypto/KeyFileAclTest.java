package io.p2pboot.libp2p.crypto;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Key files where there are no POSIX permissions but access control lists, as on Windows,
 * or neither.
 */
class KeyFileAclTest {

	private static FileSystem windows(String... views) {
		return Jimfs.newFileSystem(Configuration.windows().toBuilder().setAttributeViews("basic", views).build());
	}

	private static AclFileAttributeView acl(Path file) {
		return Files.getFileAttributeView(file, AclFileAttributeView.class);
	}

	private static void add(Path file, String name, AclEntryType type, Set<AclEntryPermission> permissions)
			throws IOException {
		UserPrincipal principal = file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(name);
		List<AclEntry> entries = new ArrayList<>(acl(file).getAcl());
		entries.add(AclEntry.newBuilder().setType(type).setPrincipal(principal).setPermissions(permissions).build());
		acl(file).setAcl(entries);
	}

	@Test
	void aCreatedFileIsItsOwnersOnly() throws IOException {
		try (FileSystem files = windows("owner", "acl")) {
			Path file = files.getPath("C:\\data\\peer.key");
			PrivateKey created = KeyFile.readOrCreate(file, KeyType.ED25519);
			assertThat(acl(file).getAcl()).singleElement().satisfies((entry) -> {
				assertThat(entry.type()).isEqualTo(AclEntryType.ALLOW);
				assertThat(entry.principal()).isEqualTo(Files.getOwner(file));
			});
			assertThat(KeyFile.read(file).publicKey()).isEqualTo(created.publicKey());
			try (var all = Files.list(file.getParent())) {
				assertThat(all).containsExactly(file);
			}
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "READ_DATA", "WRITE_DATA", "APPEND_DATA", "WRITE_ACL", "WRITE_OWNER" })
	void aFileThatOthersCanUseIsRefusedWithTheCommandThatMendsIt(AclEntryPermission permission) throws IOException {
		try (FileSystem files = windows("owner", "acl")) {
			Path file = files.getPath("C:\\peer.key");
			KeyFile.readOrCreate(file, KeyType.ED25519);
			add(file, "BUILTIN\\Users", AclEntryType.ALLOW, EnumSet.of(permission));
			assertThatExceptionOfType(KeyFileException.class)
				.isThrownBy(() -> KeyFile.readOrCreate(file, KeyType.ED25519))
				.withMessageContaining("C:\\peer.key grants access to BUILTIN\\Users")
				.satisfies((failure) -> assertThat(failure.action())
					.isEqualTo("run: icacls \"C:\\peer.key\" /inheritance:r /grant:r \""
							+ Files.getOwner(file).getName() + ":F\" /remove \"BUILTIN\\Users\""));
		}
	}

	@Test
	void whatGivesNobodyTheKeyIsNoObstacle() throws IOException {
		try (FileSystem files = windows("owner", "acl")) {
			Path file = files.getPath("C:\\peer.key");
			PrivateKey created = KeyFile.readOrCreate(file, KeyType.ED25519);
			add(file, "BUILTIN\\Users", AclEntryType.DENY, EnumSet.allOf(AclEntryPermission.class));
			add(file, "BUILTIN\\Users", AclEntryType.ALLOW, EnumSet.of(AclEntryPermission.READ_ATTRIBUTES));
			add(file, "NT AUTHORITY\\SYSTEM", AclEntryType.ALLOW, EnumSet.allOf(AclEntryPermission.class));
			add(file, "BUILTIN\\Administrators", AclEntryType.ALLOW, EnumSet.allOf(AclEntryPermission.class));
			assertThat(KeyFile.read(file).publicKey()).isEqualTo(created.publicKey());
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "dos", "owner" })
	void withoutPermissionsOfAnyKindTheKeyIsKeptAllTheSame(String view) throws IOException {
		try (FileSystem files = windows(view)) {
			Path file = files.getPath("C:\\peer.key");
			PrivateKey created = KeyFile.readOrCreate(file, KeyType.ED25519);
			assertThat(KeyFile.readOrCreate(file, KeyType.ED25519).publicKey()).isEqualTo(created.publicKey());
		}
	}

}
