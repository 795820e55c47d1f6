package io.p2pboot.libp2p.crypto;

/**
 * The kinds of identity keys.
 */
public enum KeyType {

	/** RSA, 2,048 to 8,192 bits. */
	RSA,

	/** Ed25519, the default. */
	ED25519,

	/** ECDSA over secp256k1. */
	SECP256K1,

	/** ECDSA over P-256. */
	ECDSA;

	/**
	 * Returns the label value that metrics use.
	 * @return the name as go-libp2p writes it
	 */
	public String label() {
		return switch (this) {
			case RSA -> "RSA";
			case ED25519 -> "Ed25519";
			case SECP256K1 -> "Secp256k1";
			case ECDSA -> "ECDSA";
		};
	}

}
