#include "reports/qr_code.hpp"

#include <fmt/format.h>
#include <qrencode.h>

#include <memory>

#include "rig/core/fault.hpp"

namespace plugrig {

QrCode qr_code(const std::string& text) {
  struct Free {
    void operator()(QRcode* code) const { QRcode_free(code); }
  };
  const std::unique_ptr<QRcode, Free> code(
      QRcode_encodeData(static_cast<int>(text.size()),
                        reinterpret_cast<const unsigned char*>(text.data()),  // NOLINT
                        0, QR_ECLEVEL_M));
  if (!code) {
    throw Fault("label.qr", Blame::software,
                fmt::format("No QR code holds a text of {} bytes.", text.size()),
                "Report this; the label can be printed as text only.");
  }
  QrCode out;
  out.width = code->width;
  const auto modules =
      static_cast<std::size_t>(code->width) * static_cast<std::size_t>(code->width);
  out.dark.reserve(modules);
  for (std::size_t i = 0; i < modules; ++i) out.dark.push_back((code->data[i] & 1U) != 0);
  return out;
}

}  // namespace plugrig
