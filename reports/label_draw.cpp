#include <cairo-pdf.h>
#include <cairo.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "reports/label.hpp"
#include "reports/label_layout.hpp"
#include "reports/qr_code.hpp"
#include "rig/core/fault.hpp"

namespace plugrig {
namespace {

constexpr double kInch_mm = 25.4;
constexpr double kPointsPerInch = 72;
constexpr int kQuietModules = 4;
/// Height of a capital letter of the font as a share of its size.
constexpr double kCapitalOfFont = 0.729;
constexpr const char* kFont = "DejaVu Sans";

struct DestroySurface {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct DestroyContext {
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};
using Surface = std::unique_ptr<cairo_surface_t, DestroySurface>;
using Context = std::unique_ptr<cairo_t, DestroyContext>;

void check(cairo_status_t status) {
  if (status == CAIRO_STATUS_SUCCESS) return;
  throw Fault("label.drawing", Blame::host,
              fmt::format("The label could not be drawn ({}).", cairo_status_to_string(status)),
              "Free some memory and print the label again.");
}

cairo_status_t append(void* bytes, const unsigned char* data, unsigned int length) {
  auto& all = *static_cast<std::vector<std::uint8_t>*>(bytes);
  all.insert(all.end(), data, data + length);
  return CAIRO_STATUS_SUCCESS;
}

/// `module_mm`: side of a module; of a picture a whole number of its dots, or scanners see stripes.
void draw_qr(cairo_t* context, const QrCode& code, const LabelLayout& layout, double module_mm) {
  const double quiet_mm = kQuietModules * module_mm;
  for (int y = 0; y < code.width; ++y)
    for (int x = 0; x < code.width; ++x)
      if (code.at(x, y))
        cairo_rectangle(context, layout.qr_x_mm + quiet_mm + x * module_mm,
                        layout.qr_y_mm + quiet_mm + y * module_mm, module_mm, module_mm);
  cairo_set_antialias(context, CAIRO_ANTIALIAS_NONE);
  cairo_fill(context);
}

void draw_line(cairo_t* context, const LabelLine& line) {
  cairo_select_font_face(context, kFont, CAIRO_FONT_SLANT_NORMAL,
                         line.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(context, line.height_mm / kCapitalOfFont);
  cairo_text_extents_t extents{};
  cairo_text_extents(context, line.text.c_str(), &extents);
  if (extents.x_advance <= 0) {
    throw Fault("label.no_font", Blame::host, "There is no font to draw the label with.",
                "Install fonts-dejavu-core, and print the label again.");
  }
  const double squeeze =
      extents.x_advance > line.widest_mm ? line.widest_mm / extents.x_advance : 1;
  cairo_save(context);
  cairo_translate(context, line.x_mm, line.y_mm + line.height_mm);
  cairo_scale(context, squeeze, 1);
  cairo_move_to(context, 0, 0);
  cairo_show_text(context, line.text.c_str());
  cairo_restore(context);
}

/// On a context whose unit is 1 mm. `dot_mm`: the QR code's modules are whole multiples; 0 = any.
void draw(cairo_t* context, const LabelContent& label, const LabelSize& size, double dot_mm) {
  const LabelLayout layout = lay_out(label, size);
  cairo_set_source_rgb(context, 1, 1, 1);
  cairo_paint(context);
  cairo_set_source_rgb(context, 0, 0, 0);
  const QrCode code = qr_code(label.certificate_id);
  double module_mm = layout.qr_mm / (code.width + 2 * kQuietModules);
  if (dot_mm > 0) module_mm = std::max(1.0, std::floor(module_mm / dot_mm)) * dot_mm;
  LabelLayout snapped = layout;
  if (dot_mm > 0) {
    snapped.qr_x_mm = std::round(layout.qr_x_mm / dot_mm) * dot_mm;
    snapped.qr_y_mm = std::round(layout.qr_y_mm / dot_mm) * dot_mm;
  }
  draw_qr(context, code, snapped, module_mm);
  cairo_set_antialias(context, CAIRO_ANTIALIAS_DEFAULT);
  for (const LabelLine& line : layout.lines) draw_line(context, line);
  check(cairo_status(context));
}

}  // namespace

std::vector<std::uint8_t> label_pdf(const LabelContent& label, const LabelSize& size) {
  std::vector<std::uint8_t> bytes;
  const double point = kPointsPerInch / kInch_mm;
  const Surface surface(cairo_pdf_surface_create_for_stream(append, &bytes, size.width_mm * point,
                                                            size.height_mm * point));
  check(cairo_surface_status(surface.get()));
  // Else cairo writes the time of printing, and the same label never gives the same bytes.
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE,
                                 (label.date + "T00:00:00Z").c_str());
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE,
                                 label.certificate_id.c_str());
  {
    const Context context(cairo_create(surface.get()));
    cairo_scale(context.get(), point, point);
    draw(context.get(), label, size, 0);
  }
  cairo_surface_finish(surface.get());
  check(cairo_surface_status(surface.get()));
  return bytes;
}

std::vector<std::uint8_t> label_png(const LabelContent& label, const LabelSize& size) {
  const double dot_mm = kInch_mm / size.dpi;
  const Surface surface(cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, std::max(1, static_cast<int>(std::lround(size.width_mm / dot_mm))),
      std::max(1, static_cast<int>(std::lround(size.height_mm / dot_mm)))));
  check(cairo_surface_status(surface.get()));
  {
    const Context context(cairo_create(surface.get()));
    cairo_scale(context.get(), 1 / dot_mm, 1 / dot_mm);
    draw(context.get(), label, size, dot_mm);
  }
  std::vector<std::uint8_t> bytes;
  check(cairo_surface_write_to_png_stream(surface.get(), append, &bytes));
  return bytes;
}

}  // namespace plugrig
