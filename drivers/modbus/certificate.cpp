#include "drivers/modbus/certificate.hpp"

#include <array>
#include <string_view>
#include <vector>

#include "drivers/modbus/profile_reader.hpp"
#include "rig/core/digest.hpp"
#include "rig/core/fault.hpp"
#include "rig/core/field_spec.hpp"
#include "rig/core/file_bytes.hpp"
#include "rig/core/yaml.hpp"

namespace plugrig::modbus {

namespace {

std::vector<FieldSpec> certificate_fields() {
  return {
      {.name = "certificate", .help = "its number; without one the instrument counts as overdue"},
      {.name = "laboratory", .required = true, .help = "who calibrated"},
      {.name = "calibrated", .required = true, .help = "YYYY-MM-DD or YYYY-MM"},
      {.name = "due", .help = "YYYY-MM-DD or YYYY-MM; without it the instrument counts as overdue"},
      {.name = "corrections", .type = FieldType::map, .help = "one entry a quantity"},
  };
}

std::vector<FieldSpec> quantity_maps() {
  return {{.name = "voltage", .type = FieldType::map},
          {.name = "current", .type = FieldType::map},
          {.name = "power", .type = FieldType::map}};
}

std::vector<FieldSpec> correction_fields() {
  return {
      {.name = "correction",
       .type = FieldType::ratio,
       .fallback = "0 %",
       .help = "true = reading · (1 + correction)",
       .minimum = -0.1,
       .maximum = 0.1},
      {.name = "expanded_uncertainty",
       .type = FieldType::ratio,
       .required = true,
       .help = "of the calibration, k = 2, of the reading",
       .minimum = 0,
       .maximum = 0.1},
  };
}

int number(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) value = 10 * value + (digit - '0');
  return value;
}

int days_in(int year, int month) {
  static constexpr std::array days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days.at(static_cast<std::size_t>(month - 1));
}

/// YYYY-MM or YYYY-MM-DD, and such a day exists.
bool is_date(std::string_view text) {
  static constexpr std::string_view shape = "dddd-dd-dd";
  if (text.size() != 7 && text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == 'd' ? !digit : text[i] != '-') return false;
  }
  const int month = number(text.substr(5, 2));
  if (month < 1 || month > 12) return false;
  if (text.size() == 7) return true;
  const int day = number(text.substr(8, 2));
  return day >= 1 && day <= days_in(number(text.substr(0, 4)), month);
}

/// Reads one file; the problems of all its maps are collected.
class CertificateReader {
 public:
  CertificateReader(const yaml::Document& document, Problems& problems)
      : document_(document), problems_(problems) {}

  InstrumentCertificate read() {
    const FieldValues fields = read_fields(document_.root, certificate_fields(),
                                           "calibration certificate", document_.file, problems_);
    InstrumentCertificate certificate;
    if (fields.has("certificate")) certificate.number = fields.text("certificate");
    if (fields.has("laboratory")) certificate.laboratory = fields.text("laboratory");
    certificate.calibrated = date(fields, "calibrated");
    certificate.due = date(fields, "due");
    // ISO dates sort as text; a month stands for its last day.
    if (!certificate.due.empty() && !certificate.calibrated.empty() &&
        certificate.due + "~" < certificate.calibrated) {
      problems_.error(document_.file, fields.place("due"), "due before it was calibrated");
    }
    corrections(certificate);
    return certificate;
  }

 private:
  std::string date(const FieldValues& fields, std::string_view key) {
    if (!fields.has(key)) return {};
    const std::string& text = fields.text(key);
    if (is_date(text)) return text;
    problems_.error(document_.file, fields.place(key), in_quotes(text) + " is no date",
                    "write 2026-03-31 or 2026-03");
    return {};
  }

  void corrections(InstrumentCertificate& certificate) {
    const yaml::Node* node = document_.root.find("corrections");
    if (node == nullptr) return;
    read_fields(*node, quantity_maps(), "corrections", document_.file, problems_);
    struct Target {
      std::string_view key;
      double* correction;
      double* uncertainty;
    };
    const std::array targets{
        Target{"voltage", &certificate.voltage_correction, &certificate.voltage_U},
        Target{"current", &certificate.current_correction, &certificate.current_U},
        Target{"power", &certificate.power_correction, &certificate.power_U},
    };
    for (const Target& target : targets) {
      const yaml::Node* entry = node->find(target.key);
      if (entry == nullptr) continue;
      const FieldValues fields = read_fields(*entry, correction_fields(), std::string(target.key),
                                             document_.file, problems_);
      if (fields.has("correction")) *target.correction = fields.number("correction");
      if (fields.has("expanded_uncertainty")) {
        *target.uncertainty = fields.number("expanded_uncertainty");
      }
    }
  }

  const yaml::Document& document_;
  Problems& problems_;
};

}  // namespace

InstrumentCertificate load_certificate(const std::filesystem::path& path, Problems& problems) {
  const yaml::Document document = load_document(path, problems);
  if (document.root.kind == yaml::Kind::null) return {};
  InstrumentCertificate certificate = CertificateReader(document, problems).read();
  try {
    certificate.sha256 = sha256_hex(read_bytes(path));
  } catch (const Fault& fault) {
    problems.error(document.file, {}, fault.happened());
  }
  return certificate;
}

}  // namespace plugrig::modbus
