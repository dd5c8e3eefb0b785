#pragma once

#include <filesystem>
#include <string>

namespace plugrig::usb_bus {

/// libusb 0.1 finds devices by the names in a folder and reads descriptors from the nodes. This is
/// such a folder, in which each device of the bus has an empty file; opening one opens the device.
/// Deleted at the end.
class LegacyTree {
 public:
  /// Throws std::filesystem::filesystem_error.
  LegacyTree();
  ~LegacyTree();
  LegacyTree(const LegacyTree&) = delete;
  LegacyTree& operator=(const LegacyTree&) = delete;

 private:
  std::filesystem::path root_;
};

}  // namespace plugrig::usb_bus
