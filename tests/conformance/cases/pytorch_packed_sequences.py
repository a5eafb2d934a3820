"""Packed sequences and recurrent layers, as PyTorch's own tests of them go."""
import copy
import pickle
import warnings

import torch
from torch import nn
from torch.nn.utils import rnn

warnings.simplefilter("ignore")
torch.manual_seed(0)


def attempt(name, function):
    try:
        print(name, "->", function())
    except Exception as error:
        print(name, "raises", type(error).__name__, str(error)[:200])


sequences = [torch.arange(1.0, 4.0), torch.arange(4.0, 6.0), torch.tensor([6.0])]
packed = rnn.pack_sequence(sequences)
print(packed)
print(type(packed), isinstance(packed, tuple), packed._fields if hasattr(packed, "_fields") else None, len(packed))
print(packed.data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices)
unsorted = [sequences[1], sequences[0], sequences[2]]
attempt("not sorted", lambda: rnn.pack_sequence(unsorted))
p = rnn.pack_sequence(unsorted, enforce_sorted=False)
print(p)
print(rnn.unpack_sequence(p))
print(rnn.pad_sequence(unsorted), rnn.pad_sequence(unsorted, batch_first=True, padding_value=-1.0), rnn.pad_sequence(unsorted, True, padding_side="left"))
print(rnn.unpad_sequence(rnn.pad_sequence(unsorted, batch_first=True), torch.tensor([2, 3, 1]), batch_first=True))
padded, lengths = rnn.pad_packed_sequence(p, batch_first=True, padding_value=9.0, total_length=4)
print(padded, lengths)
attempt("total length", lambda: rnn.pad_packed_sequence(p, total_length=2))
attempt("zero length", lambda: rnn.pack_padded_sequence(torch.zeros(2, 2), [2, 0]))
attempt("too many lengths", lambda: rnn.pack_padded_sequence(torch.zeros(2, 2), [2, 1, 1]))
attempt("empty", lambda: rnn.pack_sequence([]))
attempt("pad a tensor", lambda: rnn.pad_sequence(torch.ones(2, 3)))
print(p.to(torch.float64).data.dtype, p.half().data.dtype, p.long().data, p.is_cuda, p.is_pinned(), p.double() is p, p.cpu() is p)
print(p.to(dtype=torch.int32).data.dtype, type(p.to("cpu")).__name__, p.byte().data.dtype, p.char().data.dtype, p.short().data.dtype, p.int().data.dtype)
attempt("wrong sizes", lambda: rnn.PackedSequence(torch.ones(1), torch.tensor([1.0])).data)
print(rnn.PackedSequence(torch.ones(2), torch.tensor([1, 1])) == rnn.PackedSequence(torch.ones(2), torch.tensor([1, 1])) if False else "")
print(copy.deepcopy(p).batch_sizes, pickle.loads(pickle.dumps(p)).sorted_indices)
print(rnn.invert_permutation(torch.tensor([2, 0, 1])), rnn.invert_permutation(None))

x = torch.randn(5, 3, 4)
lengths = torch.tensor([3, 5, 1])
for make in [nn.RNN, nn.LSTM, nn.GRU]:
    for options in [{}, {"num_layers": 2, "bidirectional": True}, {"batch_first": True, "bias": False}]:
        torch.manual_seed(1)
        layer = make(4, 3, **options)
        given = rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
        out, hidden = layer(given)
        states = hidden if isinstance(hidden, tuple) else (hidden,)
        print(layer, type(out).__name__, tuple(out.data.shape), out.batch_sizes.tolist(), [tuple(h.shape) for h in states])
        print([round(v, 4) for v in out.data.flatten().tolist()[:4]], [round(v, 4) for v in states[0].flatten().tolist()[:4]])
        plain, _ = layer(x.transpose(0, 1) if options.get("batch_first") else x)
        print(tuple(plain.shape), [round(v, 4) for v in plain.flatten().tolist()[-3:]])
        layer.zero_grad()
        out.data.sum().backward()
        print([(n, round(float(q.grad.sum()), 4)) for n, q in layer.named_parameters()][:3])
lstm = nn.LSTM(4, 3, proj_size=2)
out, (h, c) = lstm(x)
print(tuple(out.shape), tuple(h.shape), tuple(c.shape), lstm, lstm.all_weights[0][0].shape, lstm._all_weights)
out, (h, c) = lstm(x[:, 0])
print(tuple(out.shape), tuple(h.shape))
out, _ = lstm(x, (torch.zeros(1, 3, 2), torch.zeros(1, 3, 3)))
print(tuple(out.shape))
attempt("input size", lambda: nn.LSTM(4, 3)(torch.ones(2, 2, 5)))
attempt("hidden size", lambda: nn.LSTM(4, 3)(x, (torch.zeros(1, 3, 2), torch.zeros(1, 3, 3))))
attempt("dimensions", lambda: nn.GRU(4, 3)(torch.ones(1, 1, 1, 4)))
attempt("unbatched hidden", lambda: nn.GRU(4, 3)(x[:, 0], torch.zeros(1, 1, 3)))
attempt("nonlinearity", lambda: nn.RNN(4, 3, nonlinearity="none"))
attempt("dropout", lambda: nn.LSTM(4, 3, dropout=2))
attempt("projection of a GRU", lambda: nn.GRU(4, 3, proj_size=1))
attempt("hidden size", lambda: nn.LSTM(4, 0))
attempt("hidden size", lambda: nn.LSTM(4, "3"))
for cell in [nn.RNNCell(4, 3), nn.LSTMCell(4, 3), nn.GRUCell(4, 3, bias=False), nn.RNNCell(4, 3, nonlinearity="relu")]:
    out = cell(x[0])
    print(cell, [tuple(o.shape) for o in (out if isinstance(out, tuple) else (out,))], [n for n, _ in cell.named_parameters()])
attempt("cell's input", lambda: nn.LSTMCell(4, 3)(torch.ones(2, 5)))
lstm = nn.LSTM(2, 2)
print([w is f for w, f in zip(lstm._flat_weights, [lstm.weight_ih_l0, lstm.weight_hh_l0])], lstm._flat_weights_names)
lstm.double()
print([w.dtype for w in lstm._flat_weights][:1], lstm(torch.ones(1, 1, 2, dtype=torch.float64))[0].dtype)
moved = copy.deepcopy(lstm)
print([a is b for a, b in zip(moved._flat_weights, moved.parameters())])
