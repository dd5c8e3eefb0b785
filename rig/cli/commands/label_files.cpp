#include "rig/cli/commands/label_files.hpp"

#include <system_error>

#include "rig/cli/commands/report_files.hpp"

namespace plugrig::cli {

const std::vector<std::string>& label_formats() {
  static const std::vector<std::string> formats{"zpl", "pdf", "png"};
  return formats;
}

LabelSize label_size_of_unit(const UnitRecord& unit) {
  const auto stated = unit.facts.find("label_size");
  return stated == unit.facts.end() ? LabelSize{} : label_size_of(stated->second);
}

std::vector<std::uint8_t> label_bytes(const UnitRecord& unit, const LabelSize& size,
                                      const std::string& format) {
  const LabelContent label = label_of(unit);
  if (format == "pdf") return label_pdf(label, size);
  if (format == "png") return label_png(label, size);
  const std::string zpl = label_zpl(label, size);
  return {zpl.begin(), zpl.end()};
}

void write_label(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  write_whole(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()},  // NOLINT
              "file");
}

}  // namespace plugrig::cli
