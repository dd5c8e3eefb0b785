#include "drivers/modbus/line_faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "drivers/modbus/pdu.hpp"
#include "rig/core/digest.hpp"

namespace plugrig::modbus {

namespace {

struct ExceptionMeaning {
  std::uint8_t code;
  Blame blame;
  std::string_view meaning;
  std::string_view next;
};

/// Modbus notes §1.
constexpr std::array exception_meanings{
    ExceptionMeaning{1, Blame::config, "it does not know the function",
                     "Check the function code in the device's profile."},
    ExceptionMeaning{2, Blame::config, "it has nothing at this address",
                     "Check that the profile belongs to this model: addresses count from 0."},
    ExceptionMeaning{3, Blame::config, "it refuses the count or value",
                     "Check the block length in the device's profile."},
    ExceptionMeaning{4, Blame::instrument, "it failed while doing it",
                     "Switch the device off and on, then try again."},
    ExceptionMeaning{5, Blame::instrument, "it needs longer", "Give it time, then try again."},
    ExceptionMeaning{6, Blame::instrument, "it is busy", "Give it time, then try again."},
    ExceptionMeaning{7, Blame::instrument, "it cannot do that now",
                     "Look at the device's own display for a cause."},
    ExceptionMeaning{8, Blame::instrument, "its memory is faulty", "Replace the device."},
};
constexpr ExceptionMeaning unknown_exception{0, Blame::instrument, "for a reason of its own",
                                             "Look the code up in the device's manual."};

const ExceptionMeaning& meaning_of(std::uint8_t code) {
  const auto* const found = std::ranges::find(exception_meanings, code, &ExceptionMeaning::code);
  return found == exception_meanings.end() ? unknown_exception : *found;
}

std::string hex(const ModbusFrame& frame) {
  return fmt::format("{:02x} {}", frame.unit, to_hex(frame.pdu));
}

}  // namespace

ExceptionAnswer::ExceptionAnswer(const ModbusFrame& request, std::uint8_t code)
    : Fault("modbus.exception", meaning_of(code).blame,
            fmt::format("Unit {} refused a request with exception {:02X}: {}.", request.unit, code,
                        meaning_of(code).meaning),
            std::string(meaning_of(code).next),
            {{"request", describe(request)}, {"request bytes", hex(request)}}),
      code_(code) {}

bool is_gateway_silence(std::uint8_t code) { return code == 0x0A || code == 0x0B; }

Fault no_answer(const ModbusFrame& request) {
  return {"modbus.timeout",
          Blame::instrument,
          fmt::format("Unit {} did not answer.", request.unit),
          "Check its supply, the bus wires (A and B swapped?), address and rate.",
          {{"request", describe(request)}}};
}

Fault answered_by_other(const ModbusFrame& request, const ModbusFrame& answer) {
  return {"modbus.wrong_unit",
          Blame::instrument,
          fmt::format("Unit {} was asked and unit {} answered.", request.unit, answer.unit),
          "Check that every device on the bus has an address of its own.",
          {{"request", describe(request)}, {"answer", hex(answer)}}};
}

Fault wrong_answer(const ModbusFrame& request, const ModbusFrame& answer) {
  return {"modbus.wrong_answer",
          Blame::instrument,
          fmt::format("Unit {} answered something that was not asked.", request.unit),
          "Check that no second program uses the bus, and that addresses are not given twice.",
          {{"request", describe(request)}, {"answer", hex(answer)}}};
}

Fault overtaken(const ModbusFrame& request) {
  return {"modbus.overtaken",
          Blame::software,
          fmt::format("A write to unit {} was dropped: its output was switched off meanwhile.",
                      request.unit),
          "Ask for it again once the reason for switching off is over.",
          {{"request", describe(request)}}};
}

Fault never_sent(const ModbusFrame& request) {
  return {"modbus.timeout",
          Blame::instrument,
          fmt::format("The bus found no time for unit {}.", request.unit),
          "Check the other devices on the bus: one that does not answer holds it up.",
          {{"request", describe(request)}}};
}

}  // namespace plugrig::modbus
