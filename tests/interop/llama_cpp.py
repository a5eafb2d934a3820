"""llama.cpp by its C functions, out of the library that the package xllamacpp carries: its quantizers, and models run on tokens."""

import ctypes
import glob
import os
from functools import cache

import numpy as np


class _Params(ctypes.Structure):
    """The parameters of a model or context: their defaults are made and handed back, not looked into."""

    _fields_ = [("bytes", ctypes.c_char * 1024)]


class _Batch(ctypes.Structure):
    _fields_ = [("n_tokens", ctypes.c_int32)] + [(f"part{n}", ctypes.c_void_p) for n in range(6)]


@cache
def library():
    import xllamacpp

    lib = ctypes.CDLL(glob.glob(os.path.join(os.path.dirname(xllamacpp.__file__), "*.so"))[0])

    def function(name, result, *arguments):
        found = getattr(lib, name)
        found.restype, found.argtypes = result, list(arguments)

    pointer, integer = ctypes.c_void_p, ctypes.c_int32
    function("ggml_quantize_chunk", ctypes.c_size_t, integer, pointer, pointer, *[ctypes.c_int64] * 3, pointer)
    function("llama_model_default_params", _Params)
    function("llama_model_load_from_file", pointer, ctypes.c_char_p, _Params)
    function("llama_model_free", None, pointer)
    function("llama_context_default_params", _Params)
    function("llama_init_from_model", pointer, pointer, _Params)
    function("llama_free", None, pointer)
    function("llama_batch_get_one", _Batch, pointer, integer)
    function("llama_decode", integer, pointer, _Batch)
    function("llama_get_logits_ith", pointer, pointer, integer)
    function("llama_get_embeddings_ith", pointer, pointer, integer)
    function("llama_set_embeddings", None, pointer, ctypes.c_bool)
    function("llama_model_get_vocab", pointer, pointer)
    function("llama_vocab_n_tokens", integer, pointer)
    function("llama_tokenize", integer, pointer, ctypes.c_char_p, integer, pointer, integer, ctypes.c_bool, ctypes.c_bool)
    lib.llama_backend_init()
    return lib


def quantize(number, rows):
    """What llama.cpp makes of rows of numbers, as bytes."""
    rows = np.ascontiguousarray(rows, dtype=np.float32)
    out = np.zeros(rows.nbytes * 2, dtype=np.uint8)
    length = library().ggml_quantize_chunk(number, rows.ctypes.data, out.ctypes.data, 0, *rows.shape, None)
    return out[:length]


class Model:
    """A file, loaded."""

    def __init__(self, path):
        lib = library()
        self.pointer = lib.llama_model_load_from_file(os.fsencode(path), lib.llama_model_default_params())
        if not self.pointer:
            raise ValueError(f"llama.cpp does not load {os.path.basename(path)}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        library().llama_model_free(self.pointer)

    def tokens(self, text):
        lib, out = library(), (ctypes.c_int32 * 1024)()
        raw = text.encode()
        vocabulary = lib.llama_model_get_vocab(self.pointer)
        count = lib.llama_tokenize(vocabulary, raw, len(raw), out, len(out), False, True)
        return list(out[:count])

    def logits(self, tokens):
        """The logits behind the last of some tokens."""
        lib = library()
        context = lib.llama_init_from_model(self.pointer, lib.llama_context_default_params())
        given = (ctypes.c_int32 * len(tokens))(*tokens)
        try:
            if lib.llama_decode(context, lib.llama_batch_get_one(given, len(tokens))):
                raise ValueError("llama.cpp does not decode")
            size = lib.llama_vocab_n_tokens(lib.llama_model_get_vocab(self.pointer))
            found = ctypes.cast(lib.llama_get_logits_ith(context, -1), ctypes.POINTER(ctypes.c_float))
            return np.array(found[:size], dtype=np.float32)
        finally:
            lib.llama_free(context)
