import torch, torch.nn as nn, torch.nn.functional as F
torch.manual_seed(0)
x = torch.randn(2, 3, 8, 8)
mods = [nn.Conv2d(3, 4, 3), nn.Conv2d(3, 6, 3, stride=2, padding=1, groups=3), nn.ConvTranspose2d(3, 2, 2, stride=2), nn.BatchNorm2d(3), nn.GroupNorm(3, 3), nn.InstanceNorm2d(3), nn.MaxPool2d(2), nn.AvgPool2d(2), nn.AdaptiveAvgPool2d((1, 2)), nn.AdaptiveMaxPool2d(2), nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(0.1), nn.ELU(), nn.SELU(), nn.GELU(), nn.SiLU(), nn.Mish(), nn.Hardswish(), nn.Hardsigmoid(), nn.Sigmoid(), nn.Tanh(), nn.Softplus(), nn.Softsign(), nn.PReLU(), nn.Softmax(1), nn.LogSoftmax(1), nn.Dropout(0.0), nn.Flatten(), nn.Identity(), nn.LayerNorm([3, 8, 8]), nn.LocalResponseNorm(2), nn.Upsample(scale_factor=2), nn.Upsample(size=(4, 4), mode="bilinear", align_corners=False), nn.ZeroPad2d(1), nn.ReflectionPad2d(1), nn.ConstantPad2d(1, 2.0), nn.ReplicationPad2d(1), nn.PixelUnshuffle(2), nn.Unfold(2), nn.Dropout2d(0.0), nn.LPPool2d(2, 2), nn.Threshold(0.1, 0), nn.Hardtanh(), nn.GLU(2), nn.CELU(), nn.Hardshrink(), nn.Softshrink(), nn.Tanhshrink(), nn.LogSigmoid(), nn.Softmin(1), nn.RMSNorm(8), nn.ChannelShuffle(3), nn.FractionalMaxPool2d(2, output_size=3), nn.CrossMapLRN2d(2)]
for m in mods:
    try:
        m.eval()
        y = m(x)
        print(m, tuple(y.shape), f"{y.double().sum().item():.4f}", [k for k in m.state_dict()])
    except Exception as e:
        print(type(m).__name__, type(e).__name__, e)
lin = nn.Linear(4, 3)
v = torch.randn(2, 4)
print(lin, lin(v), nn.Bilinear(2, 3, 4), nn.Embedding(5, 3, padding_idx=0).weight[0], nn.EmbeddingBag(4, 2))
for rnn in (nn.RNN(4, 3), nn.LSTM(4, 3, 2, batch_first=True, bidirectional=True), nn.GRU(4, 3), nn.LSTMCell(4, 3), nn.GRUCell(4, 3), nn.RNNCell(4, 3)):
    print(rnn, [(k, tuple(p.shape)) for k, p in rnn.named_parameters()])
out, (h, c) = nn.LSTM(4, 3, batch_first=True)(torch.randn(2, 5, 4)); print(out.shape, h.shape, c.shape, out.sum())
out, h = nn.GRU(4, 3)(torch.randn(5, 2, 4)); print(out.shape, h.shape)
mha = nn.MultiheadAttention(4, 2, batch_first=True); q = torch.randn(2, 3, 4); o, w = mha(q, q, q); print(o.shape, w.shape, o.sum())
enc = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True), 2); enc.eval(); print(enc(q).shape, enc(q).sum())
logits, t = torch.randn(4, 3), torch.tensor([0, 2, 1, 1])
print(nn.CrossEntropyLoss()(logits, t), nn.NLLLoss()(F.log_softmax(logits, 1), t), nn.MSELoss()(logits, torch.zeros(4, 3)), nn.L1Loss()(logits, torch.zeros(4, 3)), nn.SmoothL1Loss()(logits, torch.zeros(4, 3)), nn.BCEWithLogitsLoss()(logits, torch.ones(4, 3)), nn.BCELoss()(torch.sigmoid(logits), torch.ones(4, 3)), nn.KLDivLoss(reduction="batchmean")(F.log_softmax(logits, 1), F.softmax(logits, 1)), nn.HuberLoss()(logits, torch.zeros(4, 3)), nn.CosineEmbeddingLoss()(logits, logits, torch.ones(4)), nn.TripletMarginLoss()(logits, logits, logits), nn.HingeEmbeddingLoss()(logits, torch.ones(4, 3)))
print(nn.CrossEntropyLoss(label_smoothing=0.1, reduction="none")(logits, t), nn.CrossEntropyLoss(weight=torch.tensor([1., 2., 3.]))(logits, t), nn.CrossEntropyLoss())
nn.init.xavier_uniform_(lin.weight); nn.init.zeros_(lin.bias); print(lin.weight, lin.bias)
nn.init.kaiming_normal_(lin.weight, mode="fan_out", nonlinearity="relu"); nn.init.constant_(lin.bias, 0.3); print(lin.weight.sum(), lin.bias); nn.init.orthogonal_(lin.weight); nn.init.trunc_normal_(lin.weight, std=0.02); nn.init.normal_(lin.weight); nn.init.uniform_(lin.weight); nn.init.eye_(lin.weight); print(lin.weight)
s = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)); print(s[0], s[-1], len(s), s[1:], [type(m).__name__ for m in s.modules()], dict(s.named_children()).keys())
s.append(nn.Sigmoid()); s.insert(0, nn.Identity()); print(s); del s[0]; print(s.state_dict().keys())
print(nn.utils.parameters_to_vector(s.parameters()).shape, nn.utils.clip_grad_norm_(s.parameters(), 1.0))
s.apply(lambda m: nn.init.zeros_(m.weight) if isinstance(m, nn.Linear) else None); print(s[0].weight)
h = s.register_forward_hook(lambda m, i, o: print("hook", o.shape)); s(torch.ones(1, 2)); h.remove(); s(torch.ones(1, 2))
print(s.training, s.eval().training, s.train()[0].training, s.get_submodule("0"), s.get_parameter("0.bias"), s.zero_grad())
print(nn.ModuleList([nn.Linear(1, 1), nn.ReLU()]), nn.DataParallel(nn.Linear(1, 1)).state_dict().keys())
