#include "reports/label.hpp"

#include <gtest/gtest.h>

#include "reports/label_layout.hpp"
#include "reports/qr_code.hpp"
#include "rig/core/fault.hpp"

namespace plugrig {
namespace {

UnitRecord passed() {
  UnitRecord unit;
  unit.unit_id = "20261126-014212-0007-F1-12";
  unit.verdict = Verdict::pass;
  unit.ended = UtcTime{1'795'657'332'000};  // 2026-11-26T01:42:12Z
  unit.facts = {{"mac", "A4:CF:12:00:00:01"}, {"serial", "EP2-0000018"}, {"product", "Gosund EP2"}};
  return unit;
}

std::string refusal(const UnitRecord& unit) {
  try {
    label_of(unit);
  } catch (const Fault& fault) {
    return fault.id();
  }
  return "";
}

TEST(Label, SaysWhatTheRecordSays) {
  const auto label = label_of(passed());
  EXPECT_EQ(label.serial, "EP2-0000018");
  EXPECT_EQ(label.mac, "A4:CF:12:00:00:01");
  EXPECT_EQ(label.date, "2026-11-26");
  EXPECT_EQ(label.certificate_id, passed().unit_id);
  EXPECT_FALSE(label.simulated);
}

TEST(Label, StandsForAPassThatIsRecordedAndNothingElse) {
  for (const auto verdict :
       {Verdict::not_run, Verdict::inconclusive, Verdict::fail, Verdict::aborted, Verdict::error}) {
    auto unit = passed();
    unit.verdict = verdict;
    EXPECT_EQ(refusal(unit), "label.not_pass") << to_string(verdict);
  }
  auto unit = passed();
  unit.ended.reset();
  EXPECT_EQ(refusal(unit), "label.not_recorded");
  unit = passed();
  unit.facts.erase("mac");
  EXPECT_EQ(refusal(unit), "label.no_mac");
  EXPECT_EQ(refusal(passed()), "");
}

TEST(Label, WithoutSerialTheMacIsIt) {
  auto unit = passed();
  unit.facts.erase("serial");
  EXPECT_EQ(label_of(unit).serial, "A4CF12000001");
}

TEST(Label, OfASimulatedBenchSaysSoInEveryForm) {
  auto unit = passed();
  unit.facts["simulated"] = "yes";
  const auto label = label_of(unit);
  EXPECT_NE(label_zpl(label, {}).find("SIMULATED"), std::string::npos);
  EXPECT_EQ(label_zpl(label_of(passed()), {}).find("SIMULATED"), std::string::npos);
  EXPECT_EQ(lay_out(label, {}).lines.front().text, "SIMULATED");
  EXPECT_NE(label_png(label, {}), label_png(label_of(passed()), {}));
}

TEST(Label, SizesAreReadAsTheyAreWritten) {
  for (const LabelSize& size : {LabelSize{50, 25, 203}, LabelSize{101.6, 152.4, 300}}) {
    const auto again = label_size_of(to_text(size));
    EXPECT_DOUBLE_EQ(again.width_mm, size.width_mm);
    EXPECT_DOUBLE_EQ(again.height_mm, size.height_mm);
    EXPECT_EQ(again.dpi, size.dpi);
  }
  EXPECT_DOUBLE_EQ(label_size_of("50x25").width_mm, 50);
  EXPECT_EQ(label_size_of("50 x 25 mm").dpi, 203);
  for (const char* bad : {"", "50", "50x", "x25", "50x25x10", "5x25", "50x2500", "nanx25", "infx25",
                          "50x25, 20 dpi", "50x25, 1e30 dpi", "50 V x 25", "50x25 mm,"})
    EXPECT_THROW(label_size_of(bad), Fault) << bad;
}

/// Nothing stands outside the label, or in the code.
TEST(Label, EverythingHasItsPlace) {
  auto label = label_of(passed());
  label.simulated = true;
  label.product = std::string(60, 'W');
  for (const LabelSize& size : {LabelSize{50, 25, 203}, LabelSize{25, 15, 203},
                                LabelSize{100, 150, 300}, LabelSize{150, 20, 203}}) {
    const auto layout = lay_out(label, size);
    EXPECT_GE(layout.qr_y_mm, 0);
    EXPECT_LE(layout.qr_y_mm + layout.qr_mm, size.height_mm);
    double below_mm = 0;
    for (const auto& line : layout.lines) {
      EXPECT_GE(line.y_mm, below_mm) << "lines do not overlap";
      below_mm = line.y_mm + line.height_mm;
      EXPECT_GE(line.x_mm, layout.qr_x_mm + layout.qr_mm);
      EXPECT_LE(line.x_mm + line.widest_mm, size.width_mm);
    }
    EXPECT_LE(below_mm, size.height_mm);
  }
}

/// A zone of 4 light modules around it, modules of whole dots of at least 0.25 mm on a usual label.
TEST(Label, TheCodeIsLargeEnoughToBeRead) {
  const auto label = label_of(passed());
  const LabelSize size;
  const double module_mm = lay_out(label, size).qr_mm / (qr_code(label.certificate_id).width + 8);
  EXPECT_GE(module_mm, 0.25);
}

TEST(Label, GivesTheSameBytesAgain) {
  const auto label = label_of(passed());
  EXPECT_EQ(label_pdf(label, {}), label_pdf(label, {}));
  EXPECT_EQ(label_png(label, {}), label_png(label, {}));
  EXPECT_EQ(label_zpl(label, {}), label_zpl(label, {}));
}

std::uint32_t big_endian(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  return (std::uint32_t{bytes[at]} << 24U) | (std::uint32_t{bytes[at + 1]} << 16U) |
         (std::uint32_t{bytes[at + 2]} << 8U) | bytes[at + 3];
}

TEST(Label, ThePictureHasTheDotsOfThePrinter) {
  const auto png = label_png(label_of(passed()), {50.8, 25.4, 200});
  ASSERT_GT(png.size(), 24U);
  EXPECT_EQ(big_endian(png, 16), 400U);
  EXPECT_EQ(big_endian(png, 20), 200U);
}

TEST(Label, ZplHasNoCommandThatItsTextsBring) {
  auto label = label_of(passed());
  label.serial = "A^XZ~JR_5E";
  const auto zpl = label_zpl(label, {});
  EXPECT_NE(zpl.find("A_5EXZ_7EJR_5F5E"), std::string::npos) << zpl;
  EXPECT_EQ(zpl.find('~'), std::string::npos);
  label.product = "Prüfling";
  EXPECT_NE(label_zpl(label, {}).find("Pr_C3_BCfling"), std::string::npos);
}

TEST(QrCode, HasItsThreeFinders) {
  const auto code = qr_code("20261126-014212-0007-F1-12");
  ASSERT_GE(code.width, 21);
  for (const auto& [x, y] : {std::pair{0, 0}, {code.width - 7, 0}, {0, code.width - 7}})
    for (int i = 0; i < 7; ++i) {
      EXPECT_TRUE(code.at(x + i, y));
      EXPECT_TRUE(code.at(x, y + i));
      EXPECT_TRUE(code.at(x + 3, y + 3));
    }
  EXPECT_THROW(qr_code(std::string(5000, 'x')), Fault);
  EXPECT_THROW(qr_code(""), Fault);
}

}  // namespace
}  // namespace plugrig
