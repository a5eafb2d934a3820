import hashlib, struct, torch, io
h = hashlib.sha256(); h.update(b'abc'); print(h.hexdigest(), h.name, h.digest_size, h.digest()[:4])
print(hashlib.md5(b'x').hexdigest(), hashlib.sha1(b'').hexdigest(), hashlib.new('sha512', b'q').hexdigest()[:10], hashlib.sha224(b'1').hexdigest(), hashlib.sha384(b'1').hexdigest())
c = h.copy(); c.update(b'd'); print(c.hexdigest()[:8], h.hexdigest()[:8])
print(hashlib.sha256(torch.arange(4.).numpy().tobytes()).hexdigest())
print(hashlib.sha256(torch.arange(4.).numpy()).hexdigest())
print(struct.pack('<Q', 5), struct.unpack('<Q', b'\x05' + b'\0'*7), struct.calcsize('iq'), struct.calcsize('<iq'), struct.pack('>hBf', 1, 2, 1.5), struct.unpack('>hBf', struct.pack('>hBf', -1, 2, 1.5)))
print(struct.pack('3s2xb', b'ab', -3), struct.unpack('3s2xb', b'ab\0\0\0\xfd'), struct.pack('e', 1.5), struct.unpack('<2e', b'\0<\0@'), struct.pack('?c', True, b'z'), struct.unpack_from('<H', b'\0\1\2\3', 1), struct.pack('bi', 1, 2), struct.pack('l', -1), struct.pack('<d', 3.14))
print(struct.unpack('<3q', struct.pack('<3q', 1, -1, 2**62)), struct.unpack('<Q', b'\xff'*8), struct.unpack('<b', b'\xff'))
