// TorchScript archives: modules that run their own code.

#include "shim.h"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <memory>

using namespace torchsh;
using torch::jit::Module;

namespace {

const Module& module_of(const void* module) {
  return *static_cast<const Module*>(module);
}

}  // namespace

extern "C" {

// The module in a file, its tensors on the CPU.
Fault* torchsh_script_load(const char* path, void** out) {
  return guarded([&] { *out = new Module(torch::jit::load(std::string(path), c10::Device(c10::kCPU))); });
}

void torchsh_script_free(void* module) {
  delete static_cast<Module*>(module);
}

// What a module itself holds, one a line: its class, `t 1` where it is trained, then `p name` for parameters, `b name` for buffers, `m name` for modules and
// `f name argument …` for methods.
Fault* torchsh_script_parts(const void* module, char** out) {
  return guarded([&] {
    const auto& self = module_of(module);
    std::string text = self.type()->name()->name() + "\n" + (self.is_training() ? "t 1\n" : "t 0\n");
    for (const auto& one : self.named_parameters(false)) {
      text += "p " + one.name + "\n";
    }
    for (const auto& one : self.named_buffers(false)) {
      text += "b " + one.name + "\n";
    }
    for (const auto& one : self.named_children()) {
      text += "m " + one.name + "\n";
    }
    for (const auto& method : self.get_methods()) {
      text += "f " + method.name();
      const auto& arguments = method.function().getSchema().arguments();
      for (size_t i = 1; i < arguments.size(); ++i) {
        text += " " + arguments[i].name();
      }
      text += "\n";
    }
    *out = copied(text);
  });
}

// The parameters, then the buffers that a module itself holds, in the order of its parts.
Fault* torchsh_script_tensors(const void* module, void** out) {
  return guarded([&] {
    const auto& self = module_of(module);
    std::vector<c10::IValue> values;
    for (const auto& one : self.named_parameters(false)) {
      values.emplace_back(one.value);
    }
    for (const auto& one : self.named_buffers(false)) {
      values.emplace_back(one.value);
    }
    *out = results_of(values);
  });
}

// A module within.
Fault* torchsh_script_child(const void* module, const char* name, void** out) {
  return guarded([&] { *out = new Module(module_of(module).attr(name).toModule()); });
}

// Runs a method; an item for each of its arguments.
Fault* torchsh_script_call(const void* module, const char* method, const Item* items, size_t count, void** out) {
  return guarded([&] {
    auto found = module_of(module).get_method(method);
    const auto& schema = found.function().getSchema();
    const auto& arguments = schema.arguments();
    auto stack = stack_of(
        schema.cloneWithArguments(std::vector<c10::Argument>(arguments.begin() + 1, arguments.end())), items, count);
    for (const auto& value : stack) {
      if (value.isTensor()) {
        need_data(value.toTensor());
      }
    }
    std::vector<c10::IValue> made;
    made.push_back(found(std::move(stack)));
    *out = results_of(made);
  });
}

// Whether the module and all within are trained.
Fault* torchsh_script_train(void* module, bool on) {
  return guarded([&] { static_cast<Module*>(module)->train(on); });
}

}  // extern "C"
