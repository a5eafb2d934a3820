"""torchvision.models.swin_transformer: attention within windows that shift from layer to layer."""
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models._api import untrained
from torchvision.ops import MLP, Permute, StochasticDepth


class PatchMerging(nn.Module):
    """Four neighbours become one of twice the width."""

    def __init__(self, dim, norm_layer=nn.LayerNorm):
        super().__init__()
        self.dim = dim
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = norm_layer(4 * dim)

    def forward(self, x):
        height, width = x.shape[-3:-1]
        x = F.pad(x, (0, 0, 0, width % 2, 0, height % 2))
        corners = [x[..., row::2, column::2, :] for column in (0, 1) for row in (0, 1)]
        return self.reduction(self.norm(torch.cat(corners, -1)))


class ShiftedWindowAttention(nn.Module):
    def __init__(
        self,
        dim,
        window_size,
        shift_size,
        num_heads,
        qkv_bias=True,
        proj_bias=True,
        attention_dropout=0.0,
        dropout=0.0,
    ):
        super().__init__()
        if len(window_size) != 2 or len(shift_size) != 2:
            raise ValueError("window_size and shift_size must be of length 2")
        self.window_size = window_size
        self.shift_size = shift_size
        self.num_heads = num_heads
        self.attention_dropout = attention_dropout
        self.dropout = dropout
        self.qkv = nn.Linear(dim, dim * 3, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim, bias=proj_bias)
        rows, columns = window_size
        table = torch.zeros((2 * rows - 1) * (2 * columns - 1), num_heads)
        self.relative_position_bias_table = nn.Parameter(table)
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)
        grid = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        places = torch.flatten(torch.stack(grid), 1)
        apart = places[:, :, None] - places[:, None, :]
        index = (apart[0] + rows - 1) * (2 * columns - 1) + apart[1] + columns - 1
        self.register_buffer("relative_position_index", index.flatten())

    def get_relative_position_bias(self):
        area = self.window_size[0] * self.window_size[1]
        bias = self.relative_position_bias_table[self.relative_position_index]
        return bias.view(area, area, -1).permute(2, 0, 1).contiguous().unsqueeze(0)

    def forward(self, x):
        batch, height, width, channels = x.shape
        rows, columns = self.window_size
        x = F.pad(x, (0, 0, 0, -width % columns, 0, -height % rows))
        _, padded_height, padded_width, _ = x.shape
        # what the window covers needs no shift
        shift = [
            0 if window >= size else step
            for window, size, step in zip(
                self.window_size, (padded_height, padded_width), self.shift_size
            )
        ]
        if sum(shift) > 0:
            x = torch.roll(x, shifts=(-shift[0], -shift[1]), dims=(1, 2))
        grid = (padded_height // rows, padded_width // columns)
        x = x.view(batch, grid[0], rows, grid[1], columns, channels)
        x = x.permute(0, 1, 3, 2, 4, 5).reshape(-1, rows * columns, channels)
        x = self._attend(x, shift, grid)
        x = x.view(batch, grid[0], grid[1], rows, columns, channels)
        x = x.permute(0, 1, 3, 2, 4, 5).reshape(batch, padded_height, padded_width, channels)
        if sum(shift) > 0:
            x = torch.roll(x, shifts=(shift[0], shift[1]), dims=(1, 2))
        return x[:, :height, :width, :].contiguous()

    def _attend(self, x, shift, grid):
        windows, area, channels = x.shape
        heads = self.num_heads
        qkv = self.qkv(x).reshape(windows, area, 3, heads, channels // heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        query = query * (channels // heads) ** -0.5
        weights = query.matmul(key.transpose(-2, -1)) + self.get_relative_position_bias()
        if sum(shift) > 0:
            mask = self._mask(x, shift, grid)
            count = mask.size(0)
            weights = weights.view(windows // count, count, heads, area, area)
            weights = (weights + mask.unsqueeze(1).unsqueeze(0)).view(-1, heads, area, area)
        weights = F.dropout(F.softmax(weights, dim=-1), self.attention_dropout, self.training)
        x = weights.matmul(value).transpose(1, 2).reshape(windows, area, channels)
        return F.dropout(self.proj(x), self.dropout, self.training)

    def _mask(self, x, shift, grid):
        """-100 between places that were no neighbours before the shift."""
        rows, columns = self.window_size
        height, width = grid[0] * rows, grid[1] * columns
        region = x.new_zeros((height, width))
        number = 0
        for top, bottom in ((0, -rows), (-rows, -shift[0]), (-shift[0], None)):
            for left, right in ((0, -columns), (-columns, -shift[1]), (-shift[1], None)):
                region[top:bottom, left:right] = number
                number += 1
        region = region.view(grid[0], rows, grid[1], columns).permute(0, 2, 1, 3)
        region = region.reshape(grid[0] * grid[1], rows * columns)
        apart = region.unsqueeze(1) - region.unsqueeze(2)
        return apart.masked_fill(apart != 0, -100.0).masked_fill(apart == 0, 0.0)


class SwinTransformerBlock(nn.Module):
    def __init__(
        self,
        dim,
        num_heads,
        window_size,
        shift_size,
        mlp_ratio=4.0,
        dropout=0.0,
        attention_dropout=0.0,
        stochastic_depth_prob=0.0,
        norm_layer=nn.LayerNorm,
        attn_layer=ShiftedWindowAttention,
    ):
        super().__init__()
        self.norm1 = norm_layer(dim)
        self.attn = attn_layer(
            dim,
            window_size,
            shift_size,
            num_heads,
            attention_dropout=attention_dropout,
            dropout=dropout,
        )
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")
        self.norm2 = norm_layer(dim)
        self.mlp = MLP(
            dim,
            [int(dim * mlp_ratio), dim],
            activation_layer=nn.GELU,
            inplace=None,
            dropout=dropout,
        )
        for module in self.mlp.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.normal_(module.bias, std=1e-6)

    def forward(self, x):
        x = x + self.stochastic_depth(self.attn(self.norm1(x)))
        return x + self.stochastic_depth(self.mlp(self.norm2(x)))


class SwinTransformer(nn.Module):
    def __init__(
        self,
        patch_size,
        embed_dim,
        depths,
        num_heads,
        window_size,
        mlp_ratio=4.0,
        dropout=0.0,
        attention_dropout=0.0,
        stochastic_depth_prob=0.1,
        num_classes=1000,
        norm_layer=None,
        block=None,
        downsample_layer=PatchMerging,
    ):
        super().__init__()
        self.num_classes = num_classes
        block = SwinTransformerBlock if block is None else block
        norm_layer = partial(nn.LayerNorm, eps=1e-5) if norm_layer is None else norm_layer
        patches = nn.Conv2d(3, embed_dim, kernel_size=tuple(patch_size), stride=tuple(patch_size))
        layers = [nn.Sequential(patches, Permute([0, 2, 3, 1]), norm_layer(embed_dim))]
        total, number = sum(depths), 0
        for stage, depth in enumerate(depths):
            dim = embed_dim * 2**stage
            blocks = []
            for place in range(depth):
                shift = [0 if place % 2 == 0 else window // 2 for window in window_size]
                blocks.append(
                    block(
                        dim,
                        num_heads[stage],
                        window_size=window_size,
                        shift_size=shift,
                        mlp_ratio=mlp_ratio,
                        dropout=dropout,
                        attention_dropout=attention_dropout,
                        stochastic_depth_prob=stochastic_depth_prob * float(number) / (total - 1),
                        norm_layer=norm_layer,
                    )
                )
                number += 1
            layers.append(nn.Sequential(*blocks))
            if stage < len(depths) - 1:
                layers.append(downsample_layer(dim, norm_layer))
        self.features = nn.Sequential(*layers)
        width = embed_dim * 2 ** (len(depths) - 1)
        self.norm = norm_layer(width)
        self.permute = Permute([0, 3, 1, 2])
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten(1)
        self.head = nn.Linear(width, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x):
        x = self.permute(self.norm(self.features(x)))
        return self.head(self.flatten(self.avgpool(x)))


def _swin(weights, kwargs, embed_dim, deep, heads, stochastic_depth_prob):
    untrained(weights, kwargs)
    return SwinTransformer(
        patch_size=[4, 4],
        embed_dim=embed_dim,
        depths=[2, 2, deep, 2],
        num_heads=[heads * 2**stage for stage in range(4)],
        window_size=[7, 7],
        stochastic_depth_prob=kwargs.pop("stochastic_depth_prob", stochastic_depth_prob),
        **kwargs,
    )


def swin_t(weights=None, progress=True, **kwargs):
    return _swin(weights, kwargs, 96, 6, 3, 0.2)


def swin_s(weights=None, progress=True, **kwargs):
    return _swin(weights, kwargs, 96, 18, 3, 0.3)


def swin_b(weights=None, progress=True, **kwargs):
    return _swin(weights, kwargs, 128, 18, 4, 0.5)
