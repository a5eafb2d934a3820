#!/usr/bin/env python3
"""Writes src/aten/signatures.txt: every Python signature of torch, in the order in which Python tries them.

    python scripts/make_signatures.py > src/aten/signatures.txt

The Python needs torch (of the libtorch we build with) and PyYAML: the torch wheel carries the generator of its
own Python bindings, and this script asks that generator.

A line is: the signature as the argument parser of torch reads it, the aten operator it means, the operator for
`out=` (or nothing), and, for a deprecated form, the expressions it hands to the operator; between tabs. A line
`[name]` opens a namespace. The namespace `aten` holds what torch binds by hand or not at all, by operator.
"""

import contextlib
import io
import pathlib

import torchgen
from torchgen.api.python import argument
from torchgen.gen import parse_native_yaml
from torchgen.packaged.autograd import gen_python_functions as generator

PACKAGED = pathlib.Path(torchgen.__file__).parent / "packaged"
NATIVE = PACKAGED / "ATen" / "native"

NAMESPACES = [
    ("Tensor", generator.is_py_variable_method),
    ("torch", generator.is_py_torch_function),
    ("nn", generator.is_py_nn_function),
    ("linalg", generator.is_py_linalg_function),
    ("fft", generator.is_py_fft_function),
    ("special", generator.is_py_special_function),
    ("sparse", generator.is_py_sparse_function),
    ("nested", generator.is_py_nested_function),
]

# Operators that torch binds by hand; ours are called by the names of the operators.
UNBOUND = {
    "_local_scalar_dense", "_to_copy", "_unsafe_view", "_version", "contiguous", "copy_", "index", "is_contiguous",
    "item", "lift_fresh", "nonzero", "nonzero_numpy", "range", "set_", "set_data", "slice", "to",
    "unique_dim_consecutive", "_sparse_coo_tensor_unsafe", "_sparse_compressed_tensor_unsafe", "sparse_coo_tensor",
    "sparse_compressed_tensor", "sparse_csr_tensor", "sparse_csc_tensor", "sparse_bsr_tensor", "sparse_bsc_tensor",
    "_cumsum", "is_leaf", "data", "retain_grad", "retains_grad", "_make_per_tensor_quantized_tensor",
    "_make_per_channel_quantized_tensor", "_sparse_softmax_backward_data", "copy",
}


def rows(functions, method, belongs):
    """The lines of one namespace."""
    grouped = generator.group_filter_overloads(functions, belongs)
    for name in sorted(grouped, key=str):
        for group in generator.group_overloads(grouped[name], symint=True):
            form = group.signature
            text = form.signature_str(symint=True)
            out = group.outplace.func.name if group.outplace else ""
            fixed = ""
            if form.deprecated:
                fixed = ", ".join(form.deprecated_args_exprs)
            yield f"{text}\t{group.base.func.name}\t{out}\t{fixed}".rstrip("\t")


def operator_row(schema):
    """The line of an operator by its own schema, of which `self` is called `input`."""

    def texts(arguments):
        return [argument(one).argument_str(method=False, symint=True) for one in arguments]

    positional = texts(schema.arguments.flat_positional)
    keywords = texts(schema.arguments.flat_kwarg_only)
    if schema.arguments.tensor_options:
        keywords.append("bool? requires_grad=False")
    parameters = positional + (["*", *keywords] if keywords else [])
    return f"{schema.name.name}({', '.join(parameters)})\t{schema.name}"


def main():
    with contextlib.redirect_stdout(io.StringIO()):
        parsed = parse_native_yaml(str(NATIVE / "native_functions.yaml"), str(NATIVE / "tags.yaml"))
    every = parsed.native_functions
    native = [f for f in every if generator.should_generate_py_binding(f)]
    deprecated = str(PACKAGED / "autograd" / "deprecated.yaml")
    for namespace, belongs in NAMESPACES:
        method = namespace == "Tensor"
        functions = generator.load_signatures(native, deprecated, method=method)
        print(f"[{namespace}]")
        for line in rows(functions, method, belongs):
            print(line)
    print("[aten]")
    for function in every:
        if str(function.func.name.name) in UNBOUND and not function.func.is_out_fn():
            print(operator_row(function.func))


if __name__ == "__main__":
    main()
