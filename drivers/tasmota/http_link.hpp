#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/api/http_exchange.hpp"
#include "drivers/api/plug_link.hpp"
#include "drivers/tasmota/answer_rules.hpp"
#include "drivers/tasmota/transcript.hpp"
#include "rig/core/fault.hpp"

namespace plugrig::tasmota {

struct HttpTarget {
  std::string address;
  std::uint16_t port = 80;
  std::string web_password;  ///< empty = none
};

struct HttpLinkOptions {
  /// Time that one request may take; a plug that writes its flash stalls for about 1 s.
  Duration request_limit = std::chrono::seconds{4};
  int tries = 3;
  /// Between tries: at least one cycle of the firmware's metering.
  Duration pause = std::chrono::milliseconds{1700};
  /// Between tries while the plug answers {} because it has just booted.
  Duration boot_pause = std::chrono::milliseconds{500};
};

/// The web commands of a Tasmota plug (Tasmota notes §6). Blocking; one thread at a time.
///
/// A request that fails or gives a body that cannot be read is repeated; {} (the first seconds of
/// uptime) is repeated until the deadline. The command may therefore run more than once. Beside the
/// faults of PlugLink: `plug.silent` carries what the transport said; `plug.not_sendable` (config)
/// beyond the firmware's 1199 characters.
class HttpLink final : public PlugLink {
 public:
  /// `http` and `clock` outlive the link.
  HttpLink(HttpExchange& http, Clock& clock, HttpTarget target, HttpLinkOptions options = {});

  nlohmann::json command(std::string_view name, std::string_view argument,
                         const Deadline& deadline) override;
  [[nodiscard]] std::string_view transport() const override { return "http"; }
  [[nodiscard]] std::string transcript() const override { return transcript_.text(); }

  /// Status code of a harmless query sent without credentials; 401 too when an old firmware says
  /// 200 and refuses in the body.
  int status_without_password(const Deadline& deadline);

  [[nodiscard]] const HttpTarget& target() const { return target_; }

 private:
  static constexpr int unauthorised_status = 401;
  struct Attempt;

  /// True when the command is over.
  bool attempt_once(Attempt& attempt, AnswerCollector& collector, const Deadline& deadline);
  HttpReply exchange(std::string_view line, std::string_view password, const Deadline& deadline);
  [[nodiscard]] std::vector<Evidence> evidence() const;
  [[nodiscard]] Fault unauthorised() const;
  [[nodiscard]] Fault no_answer(const Attempt& attempt) const;

  HttpExchange& http_;
  Clock& clock_;
  HttpTarget target_;
  HttpLinkOptions options_;
  Transcript transcript_;
};

}  // namespace plugrig::tasmota
