#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string_view>

#include "reports/label.hpp"
#include "reports/label_layout.hpp"
#include "reports/qr_code.hpp"

namespace plugrig {
namespace {

constexpr double kInch_mm = 25.4;
/// Quiet zone of a QR code on each side, in modules (ISO/IEC 18004).
constexpr int kQuietModules = 4;
/// Width of a letter of font 0 as a share of its height, on average, as set by ^A0 with equal
/// height and width.
constexpr double kLetterWidth = 0.6;
/// Height of a capital letter of font 0 as a share of the height that ^A0 is given.
constexpr double kCapitalOfFont = 0.72;
/// Printers move a QR code down by this many dots (^BQ takes the ^FO as 10 dots above it).
constexpr int kQrDown_dots = 10;

int dots(double mm, const LabelSize& size) {
  return static_cast<int>(std::lround(mm * size.dpi / kInch_mm));
}

/// Field data for ^FH: '^', '~' and '_' would be read as commands, and bytes beyond ASCII are the
/// UTF-8 that ^CI28 asks for.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        byte < 0x80 &&
        (std::isalnum(byte) != 0 || std::string_view(" -.:/+()").find(c) != std::string_view::npos);
    out += plain ? std::string(1, c) : fmt::format("_{:02X}", byte);
  }
  return out;
}

/// UTF-8 characters, not bytes.
std::size_t letters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string text_field(const LabelLine& line, const LabelSize& size) {
  const int height = std::max(8, dots(line.height_mm / kCapitalOfFont, size));
  const double room = dots(line.widest_mm, size);
  const double needed = kLetterWidth * height * static_cast<double>(letters(line.text));
  const double squeeze = needed > room ? room / needed : 1;
  const int width = std::max(5, static_cast<int>(height * squeeze));
  return fmt::format("^FO{},{}^A0N,{},{}^FH_^FD{}^FS\n", dots(line.x_mm, size),
                     dots(line.y_mm, size), height, width, escaped(line.text));
}

/// The printer draws the code itself: model 2, error correction M, 8-bit data of stated length.
std::string qr_field(const LabelContent& label, const LabelLayout& layout, const LabelSize& size) {
  const int modules = qr_code(label.certificate_id).width + 2 * kQuietModules;
  const int magnification = std::clamp(dots(layout.qr_mm, size) / modules, 1, 10);
  const int quiet = kQuietModules * magnification;
  const int y = std::max(0, dots(layout.qr_y_mm, size) + quiet - kQrDown_dots);
  return fmt::format("^FO{},{}^BQN,2,{}^FH_^FDMM,B{:04}{}^FS\n", dots(layout.qr_x_mm, size) + quiet,
                     y, magnification, label.certificate_id.size(), escaped(label.certificate_id));
}

}  // namespace

std::string label_zpl(const LabelContent& label, const LabelSize& size) {
  const LabelLayout layout = lay_out(label, size);
  std::string zpl = fmt::format("^XA\n^CI28\n^PW{}\n^LL{}\n^LH0,0\n", dots(size.width_mm, size),
                                dots(size.height_mm, size));
  zpl += qr_field(label, layout, size);
  for (const LabelLine& line : layout.lines) zpl += text_field(line, size);
  return zpl + "^PQ1\n^XZ\n";
}

}  // namespace plugrig
