#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/label.hpp"
#include "rig/record/unit_record.hpp"

namespace plugrig::cli {

/// "zpl", "pdf", "png"
const std::vector<std::string>& label_formats();

/// The size that the record of the unit states (fact `label_size`), else the usual one.
LabelSize label_size_of_unit(const UnitRecord& unit);

/// The label in one of `label_formats()`. Faults of `label_of` and of drawing.
std::vector<std::uint8_t> label_bytes(const UnitRecord& unit, const LabelSize& size,
                                      const std::string& format);

/// Writes a whole file or none; makes its folder. Fault `file.write` (host).
void write_label(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes);

}  // namespace plugrig::cli
