"""The verbs as functions.

What a verb line says is what its function is given: strip p "module." is torchsh.strip(p, "module."). What stands behind a word
of the line is given by that word's name: cast p bfloat16 keep "*norm*" is torchsh.cast(p, "bfloat16", keep="*norm*"), and
average a b weights 0.7 0.3 is torchsh.average(a, b, weights=[0.7, 0.3]). filter takes what it tests by name: filter(p, shape=m).
"""
load, state_dict, manifest, verify = load, state_dict, manifest, verify
