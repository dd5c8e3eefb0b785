#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rig/record/unit_record.hpp"

namespace plugrig {

/// Size of the label stock, and of the printer's dots.
struct LabelSize {
  double width_mm = 50;   ///< across the print head
  double height_mm = 25;  ///< along the feed
  int dpi = 203;          ///< dots per inch of the label printer, and of the PNG
};

/// "50 mm x 25 mm, 203 dpi": as the record of a unit keeps the size of its label.
std::string to_text(const LabelSize& size);
/// Reads what `to_text` writes, and "50x25" with the usual 203 dpi. Fault `label.size` (config).
LabelSize label_size_of(const std::string& text);

/// What a label says.
struct LabelContent {
  std::string product;
  std::string serial;  ///< the MAC without colons when the unit has no serial of its own
  std::string mac;
  std::string date;  ///< of the unit's end, UTC: "2026-11-26"
  /// Id of the unit's record, by which its certificate is found (row "Record" of the report); the
  /// text of the QR code.
  std::string certificate_id;
  bool simulated = false;  ///< the label says SIMULATED
};

/// What the label of this unit says. Faults (operator): `label.not_pass` for any verdict but PASS,
/// `label.not_recorded` for a record without end. `label.no_mac` (software).
LabelContent label_of(const UnitRecord& unit);

/// ZPL II for a label printer: UTF-8 text (^CI28), every character beyond letters and digits as hex
/// behind ^FH, the QR code made by the printer (^BQ).
std::string label_zpl(const LabelContent& label, const LabelSize& size);
/// A page of the size of the label. Both: Fault `label.no_font` (host).
std::vector<std::uint8_t> label_pdf(const LabelContent& label, const LabelSize& size);
/// A picture with the dots of the printer, black and white with grey edges.
std::vector<std::uint8_t> label_png(const LabelContent& label, const LabelSize& size);

}  // namespace plugrig
