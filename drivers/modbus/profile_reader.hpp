#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/modbus/profile.hpp"
#include "rig/core/field_spec.hpp"

namespace plugrig::modbus {

/// What both kinds of profile need while they are read: the document and where problems go.
class ProfileReader {
 public:
  /// Both references must outlive the reader.
  ProfileReader(const yaml::Document& document, Problems& problems)
      : document_(document), problems_(problems) {}

  [[nodiscard]] const yaml::Node& root() const { return document_.root; }
  /// The checked fields of the map under `key`; of an empty map when the key is missing.
  FieldValues section(const yaml::Node& parent, std::string_view key,
                      const std::vector<FieldSpec>& table);
  /// The checked fields of the document itself.
  FieldValues top(const std::vector<FieldSpec>& table, const std::string& what);
  void error(SourcePlace place, std::string message, std::string hint = {});
  /// Place of `key` in `parent`, of `parent` when it is missing.
  static SourcePlace place_of(const yaml::Node& parent, std::string_view key);

  FactoryLine factory();
  [[nodiscard]] const std::string& file() const { return document_.file; }
  [[nodiscard]] Problems& problems() { return problems_; }

 private:
  const yaml::Document& document_;
  Problems& problems_;
};

/// Reads the file; one without content is a problem too (yaml::load leaves that to its caller).
yaml::Document load_document(const std::filesystem::path& path, Problems& problems);

/// "0xFFFFFFFFFFFFFFFF" and smaller; decimal too.
std::optional<std::uint64_t> parse_pattern(std::string_view text);

/// `field` as a wire address or word; 0 when it is missing.
std::uint16_t word(const FieldValues& fields, std::string_view field);

/// Tables of profile files, for the readers and for `profile_kind`.
std::vector<FieldSpec> meter_fields();
std::vector<FieldSpec> board_fields();

}  // namespace plugrig::modbus
