// Subscripts of tensors.

#include "shim.h"

#include <ATen/TensorIndexing.h>
#include <ATen/ops/scalar_tensor.h>

#include <algorithm>
#include <vector>

using namespace torchsh;
using at::indexing::Slice;
using at::indexing::TensorIndex;

namespace {

enum class Part : int32_t { None = 0, Ellipsis = 1, Integer = 2, Bool = 3, Slice = 4, Tensor = 5 };

struct Index {
  Part part;
  int32_t given;  // of a slice: bit 0 start, bit 1 stop, bit 2 step
  int64_t start;  // the number, for an integer or bool
  int64_t stop;
  int64_t step;
  const void* tensor;
};

TensorIndex converted(const Index& index) {
  auto bound = [&](int bit, int64_t number) {
    return index.given & bit ? std::optional<c10::SymInt>(c10::SymInt(number)) : std::nullopt;
  };
  switch (index.part) {
    case Part::None:
      return TensorIndex(std::nullopt);
    case Part::Ellipsis:
      return TensorIndex(at::indexing::Ellipsis);
    case Part::Integer:
      return TensorIndex(c10::SymInt(index.start));
    case Part::Bool:
      return TensorIndex(index.start != 0);
    case Part::Slice:
      return TensorIndex(Slice(bound(1, index.start), bound(2, index.stop), bound(4, index.step)));
    default:
      break;
  }
  auto tensor = tensor_of(index.tensor);
  need_data(tensor);
  return TensorIndex(std::move(tensor));
}

std::vector<TensorIndex> all(const Index* indices, size_t count) {
  std::vector<TensorIndex> list;
  list.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    list.push_back(converted(indices[i]));
  }
  return list;
}

}  // namespace

extern "C" {

Fault* torchsh_tensor_get(const void* tensor, const Index* indices, size_t count, void** out) {
  return guarded([&] {
    auto self = tensor_of(tensor);
    if (std::any_of(indices, indices + count, [](const Index& index) { return index.part == Part::Tensor; })) {
      need_data(self);
    }
    *out = release(at::indexing::get_item(self, all(indices, count)));
  });
}

Fault* torchsh_tensor_set(const void* tensor, const Index* indices, size_t count, const void* value) {
  return guarded([&] {
    auto self = tensor_of(tensor);
    need_data(self);
    auto given = tensor_of(value);
    need_data(given);
    at::indexing::set_item(self, all(indices, count), given);
  });
}

}  // extern "C"
