// The graph behind gradients: its nodes and edges, to look at.

#include "shim.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/accumulate_grad.h>
#include <torch/csrc/autograd/variable.h>

#include <memory>

using namespace torchsh;
using torch::autograd::Node;

namespace {

using Held = std::shared_ptr<Node>;

const Held& node_of(const void* raw) {
  return *static_cast<const Held*>(raw);
}

// Null for no node; else the caller frees it with torchsh_node_free.
void* held(const Held& node) {
  return node ? new Held(node) : nullptr;
}

}  // namespace

extern "C" {

// What made the tensor; null for a leaf.
Fault* torchsh_tensor_node(const void* raw, void** out) {
  return guarded([&] { *out = held(tensor_of(raw).grad_fn()); });
}

// Which of its node's results the tensor is.
Fault* torchsh_tensor_output_nr(const void* raw, int64_t* out) {
  return guarded([&] { *out = tensor_of(raw).output_nr(); });
}

void torchsh_node_free(void* raw) {
  guarded([&] { delete static_cast<Held*>(raw); });
}

// The same address for the same node.
const void* torchsh_node_address(const void* raw) {
  return node_of(raw).get();
}

Fault* torchsh_node_name(const void* raw, char** out) {
  return guarded([&] { *out = copied(node_of(raw)->name()); });
}

Fault* torchsh_node_edges(const void* raw, size_t* out) {
  return guarded([&] { *out = node_of(raw)->num_outputs(); });
}

// The node that an edge leads to (null: nowhere) and which of its results the edge is.
Fault* torchsh_node_edge(const void* raw, size_t place, void** node, int64_t* result) {
  return guarded([&] {
    const auto& edge = node_of(raw)->next_edge(place);
    *node = held(edge.function);
    *result = edge.input_nr;
  });
}

// The leaf whose gradient the node adds to; null for any other node.
Fault* torchsh_node_variable(const void* raw, void** out) {
  return guarded([&] {
    auto* accumulates = dynamic_cast<torch::autograd::AccumulateGrad*>(node_of(raw).get());
    *out = accumulates == nullptr ? nullptr : release(accumulates->variable);
  });
}

}  // extern "C"
