"""SM4 (GB/T 32907-2016, draft-ribose-cfrg-sm4) in plain Python: what the two independent programs cipher with."""

SBOX = bytes.fromhex(
    "d690e9fecce13db716b614c228fb2c052b679a762abe04c3aa44132649860699"
    "9c4250f491ef987a33540b43edcfac62e4b31ca9c908e89580df94fa758f3fa6"
    "4707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d35"
    "1e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89e"
    "eabf8ad240c738b5a3f7f2cef96115a1e0ae5da49b341a55ad933230f58cb1e3"
    "1df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51"
    "8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b0"
    "8969974a0c96777e65b9f109c56ec68418f07dec3adc4d2079ee5f3ed7cb3948"
)
FK = (0xA3B1BAC6, 0x56AA3350, 0x677D9197, 0xB27022DC)
CK = tuple(int.from_bytes(bytes(((4 * index + byte) * 7) % 256 for byte in range(4)), "big") for index in range(32))
BLOCK_BYTES = 16


def _rotate(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (32 - bits))) & 0xFFFFFFFF


def _substitute(word: int) -> int:
    return int.from_bytes(bytes(SBOX[byte] for byte in word.to_bytes(4, "big")), "big")


def _round_keys(key: bytes) -> list[int]:
    words = [int.from_bytes(key[4 * i : 4 * i + 4], "big") ^ FK[i] for i in range(4)]
    for index in range(32):
        mixed = _substitute(words[-3] ^ words[-2] ^ words[-1] ^ CK[index])
        words.append(words[-4] ^ mixed ^ _rotate(mixed, 13) ^ _rotate(mixed, 23))
    return words[4:]


def _block(block: bytes, round_keys: list[int]) -> bytes:
    words = [int.from_bytes(block[4 * i : 4 * i + 4], "big") for i in range(4)]
    for round_key in round_keys:
        mixed = _substitute(words[-3] ^ words[-2] ^ words[-1] ^ round_key)
        spread = mixed ^ _rotate(mixed, 2) ^ _rotate(mixed, 10) ^ _rotate(mixed, 18) ^ _rotate(mixed, 24)
        words.append(words[-4] ^ spread)
    return b"".join(word.to_bytes(4, "big") for word in reversed(words[-4:]))


def encrypt_block(key: bytes, block: bytes) -> bytes:
    return _block(block, _round_keys(key))


def decrypt_block(key: bytes, block: bytes) -> bytes:
    return _block(block, _round_keys(key)[::-1])


def encrypt_field(key_hex: str, text: str) -> str:
    """Dialect A: one field, SM4/ECB with PKCS#7 padding, lower-case hex."""
    round_keys = _round_keys(bytes.fromhex(key_hex))
    data = text.encode()
    filler = BLOCK_BYTES - len(data) % BLOCK_BYTES
    data += bytes([filler]) * filler
    return b"".join(_block(data[at : at + BLOCK_BYTES], round_keys) for at in range(0, len(data), BLOCK_BYTES)).hex()


def decrypt_field(key_hex: str, cipher_hex: str) -> str:
    """Raise ValueError when this is no ciphertext of the key."""
    round_keys = _round_keys(bytes.fromhex(key_hex))[::-1]
    cipher = bytes.fromhex(cipher_hex)
    if not cipher or len(cipher) % BLOCK_BYTES:
        raise ValueError("not whole blocks")
    data = b"".join(_block(cipher[at : at + BLOCK_BYTES], round_keys) for at in range(0, len(cipher), BLOCK_BYTES))
    filler = data[-1]
    if not 1 <= filler <= BLOCK_BYTES or data[-filler:] != bytes([filler]) * filler:
        raise ValueError("padding is wrong")
    return data[:-filler].decode()


def password_block(pin: str, working_key: str, enterprise_code: str) -> str:
    """Dialect B: PIN → 06, three BCD bytes, FF×4 → 16 hex characters → one SM4-CBC block → 32 hex characters."""
    plain = f"06{pin}FFFFFFFF".encode()
    vector = enterprise_code[:16].encode()
    mixed = bytes(left ^ right for left, right in zip(plain, vector, strict=True))
    return encrypt_block(working_key.encode(), mixed).hex().upper()


def password_pin(cipher_hex: str, working_key: str, enterprise_code: str) -> str:
    """Undo `password_block`; raise ValueError when the block is not one."""
    mixed = decrypt_block(working_key.encode(), bytes.fromhex(cipher_hex))
    plain = bytes(left ^ right for left, right in zip(mixed, enterprise_code[:16].encode(), strict=True)).decode()
    if not (plain.startswith("06") and plain.endswith("FFFFFFFF") and plain[2:8].isdigit()):
        raise ValueError("not a password block")
    return plain[2:8]
