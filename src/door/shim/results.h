// Results that are read item by item.
#pragma once

#include "shim.h"

#include <deque>

namespace torchsh {

struct Results {
  std::vector<c10::IValue> held;
  std::deque<std::vector<Item>> lists;
  std::deque<std::string> texts;
  std::vector<Item> items;
};

// A value as an item, which points to what the results hold.
Item result_item(Results& results, const c10::IValue& value, const c10::Type& type);

}  // namespace torchsh
