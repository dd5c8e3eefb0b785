#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace plugrig::ftdi {

/// Folders of udev rules; an earlier one overrides files of the same name in later ones.
std::vector<std::filesystem::path> udev_rule_folders();

/// File with a rule that gives adapters of this product number to people other than root (by mode,
/// group or `uaccess`); empty when none does. Reads the rules' text, not what udev did with them: a
/// rule installed after the adapter was plugged in covers it, but has not acted yet.
std::optional<std::filesystem::path> udev_rule_covering(
    std::uint16_t product, const std::vector<std::filesystem::path>& folders = udev_rule_folders());

/// The rule that is missing, one line (FTDI facts, section 9).
std::string udev_rule_for(std::uint16_t product);

}  // namespace plugrig::ftdi
