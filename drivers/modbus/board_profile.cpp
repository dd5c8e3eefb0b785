#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "drivers/modbus/profile.hpp"
#include "drivers/modbus/profile_reader.hpp"

namespace plugrig::modbus {

namespace {

FieldSpec address_field(std::string name, std::string help, bool required = true) {
  return {.name = std::move(name),
          .type = FieldType::integer,
          .required = required,
          .help = std::move(help),
          .minimum = 0,
          .maximum = 0xFFFF};
}

FieldSpec word_field(std::string name, std::string fallback) {
  return {.name = std::move(name),
          .type = FieldType::integer,
          .fallback = std::move(fallback),
          .minimum = 0,
          .maximum = 0xFFFF};
}

std::vector<FieldSpec> output_fields() {
  return {
      {.name = "scheme",
       .type = FieldType::choice,
       .required = true,
       .help = "coils: functions 05 and 01; registers: command words by functions 06 and 03",
       .choices = {"coils", "registers"}},
      address_field("address", "wire address of relay 1, the others follow"),
      address_field("read_address", "where relay 1 is read back, when elsewhere", false),
      address_field("on", "command word, registers only", false),
      address_field("off", "command word, registers only", false),
      address_field("reads_on", "what an on relay reads, registers only", false),
  };
}

std::vector<FieldSpec> all_off_fields() {
  return {
      {.name = "function",
       .type = FieldType::integer,
       .required = true,
       .help = "5, 6, or 15 (zeros to all coils)",
       .minimum = 5,
       .maximum = 15},
      address_field("address", "wire address"),
      word_field("value", "0x0000"),
  };
}

std::vector<FieldSpec> timed_fields() {
  return {
      {.name = "function",
       .type = FieldType::integer,
       .required = true,
       .help = "5 or 6",
       .minimum = 5,
       .maximum = 6},
      address_field("address", "wire address for relay 1"),
      word_field("base", "0x0000"),
      {.name = "step",
       .type = FieldType::duration,
       .required = true,
       .help = "what one count is",
       .minimum = 0.001,
       .maximum = 60},
      {.name = "longest",
       .type = FieldType::duration,
       .required = true,
       .help = "what the timer holds",
       .minimum = 0.001},
      {.name = "renewal",
       .type = FieldType::choice,
       .fallback = "restarts",
       .help = "what the command does to a relay that is on already",
       .choices = {"restarts", "ignored"}},
  };
}

std::vector<FieldSpec> input_fields() {
  return {
      {.name = "count", .type = FieldType::integer, .required = true, .minimum = 1, .maximum = 64},
      {.name = "function",
       .type = FieldType::integer,
       .fallback = "2",
       .help = "1 = coils, 2 = discrete inputs",
       .minimum = 1,
       .maximum = 2},
      address_field("address", "wire address of input 1"),
  };
}

class BoardReader {
 public:
  BoardReader(const yaml::Document& document, Problems& problems) : reader_(document, problems) {}

  BoardProfile read(std::string name) {
    profile_.name = std::move(name);
    const FieldValues fields = reader_.top(board_fields(), "board profile");
    if (fields.has("model")) profile_.model = fields.text("model");
    if (fields.has("relays")) profile_.relays = static_cast<int>(fields.integer("relays"));
    if (fields.has("mains_rated")) profile_.mains_rated = fields.boolean("mains_rated");
    if (fields.has("contact_rating")) profile_.contact_rating_A = fields.number("contact_rating");
    if (fields.has("latency")) profile_.latency = fields.duration("latency");
    read_outputs();
    read_all_off();
    read_timed_on();
    read_inputs();
    profile_.factory = reader_.factory();
    return std::move(profile_);
  }

 private:
  const yaml::Node* map(std::string_view key) const { return reader_.root().find(key); }

  void read_outputs() {
    const yaml::Node* node = map("outputs");
    if (node == nullptr) return;
    const FieldValues fields = reader_.section(reader_.root(), "outputs", output_fields());
    profile_.write_address = word(fields, "address");
    profile_.read_address =
        fields.has("read_address") ? word(fields, "read_address") : profile_.write_address;
    const bool registers = fields.has("scheme") && fields.text("scheme") == "registers";
    profile_.scheme = registers ? OutputScheme::registers : OutputScheme::coils;
    for (const std::string_view key : {"on", "off", "reads_on"}) {
      if (registers == fields.has(key) || !fields.has("scheme")) continue;
      reader_.error(ProfileReader::place_of(*node, key),
                    registers ? fmt::format("outputs by registers need the key '{}'", key)
                              : fmt::format("'{}' makes no sense with coils", key));
    }
    if (!registers) return;
    profile_.on_word = word(fields, "on");
    profile_.off_word = word(fields, "off");
    profile_.reads_on_word = word(fields, "reads_on");
    if (profile_.on_word == profile_.off_word) {
      reader_.error(ProfileReader::place_of(*node, "on"), "on and off are the same word");
    }
  }

  void read_all_off() {
    const yaml::Node* node = map("all_off");
    if (node == nullptr) return;
    const FieldValues fields = reader_.section(reader_.root(), "all_off", all_off_fields());
    AllOffCommand command;
    command.address = word(fields, "address");
    command.value = word(fields, "value");
    if (fields.has("function")) {
      const auto code = fields.integer("function");
      command.function = static_cast<std::uint8_t>(code);
      if (code != 5 && code != 6 && code != 15) {
        reader_.error(fields.place("function"),
                      "all relays are switched off by function 5, 6 or 15");
      }
    }
    profile_.all_off = command;
  }

  void read_timed_on() {
    const yaml::Node* node = map("timed_on");
    if (node == nullptr) return;
    const FieldValues fields = reader_.section(reader_.root(), "timed_on", timed_fields());
    TimedOnCommand command;
    command.function = static_cast<std::uint8_t>(word(fields, "function"));
    command.address = word(fields, "address");
    command.base = word(fields, "base");
    command.restarts = !fields.has("renewal") || fields.text("renewal") == "restarts";
    if (fields.has("step") && fields.has("longest")) {
      command.step = fields.duration("step");
      const double steps = std::floor(fields.number("longest") / fields.number("step") + 1e-9);
      const double room = 0xFFFF - command.base;
      if (steps < 1 || steps > room) {
        reader_.error(fields.place("longest"),
                      fmt::format("{} steps do not fit into the word", steps),
                      fmt::format("1 to {} steps do", room));
      } else {
        command.most_steps = static_cast<std::uint16_t>(steps);
      }
    }
    profile_.timed_on = command;
  }

  void read_inputs() {
    if (map("inputs") == nullptr) return;
    const FieldValues fields = reader_.section(reader_.root(), "inputs", input_fields());
    profile_.inputs = word(fields, "count");
    profile_.input_function = static_cast<std::uint8_t>(word(fields, "function"));
    profile_.input_address = word(fields, "address");
  }

  ProfileReader reader_;
  BoardProfile profile_;
};

}  // namespace

std::vector<FieldSpec> board_fields() {
  return {
      {.name = "kind", .type = FieldType::choice, .required = true, .choices = {"board"}},
      {.name = "model", .required = true, .help = "maker and type"},
      {.name = "relays", .type = FieldType::integer, .required = true, .minimum = 0, .maximum = 64},
      {.name = "outputs", .type = FieldType::map, .required = true, .help = "{scheme, address}"},
      {.name = "all_off", .type = FieldType::map, .help = "one write for all relays"},
      {.name = "timed_on", .type = FieldType::map, .help = "on, then off by the board itself"},
      {.name = "inputs", .type = FieldType::map, .help = "{count, function, address}"},
      {.name = "mains_rated",
       .type = FieldType::boolean,
       .required = true,
       .help = "may switch mains itself; else it drives contactor coils only"},
      {.name = "contact_rating",
       .type = FieldType::current,
       .required = true,
       .help = "of one contact, resistive load",
       .minimum = 0.001,
       .maximum = 100},
      {.name = "latency",
       .type = FieldType::duration,
       .required = true,
       .help = "largest time from request to answer",
       .minimum = 0.001,
       .maximum = 0.3},
      {.name = "factory", .type = FieldType::map, .help = "line settings as delivered"},
  };
}

BoardProfile load_board_profile(const std::filesystem::path& path, Problems& problems) {
  const yaml::Document document = load_document(path, problems);
  if (document.root.kind == yaml::Kind::null) return {};
  return BoardReader(document, problems).read(path.stem().string());
}

}  // namespace plugrig::modbus
