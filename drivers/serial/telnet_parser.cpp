#include "drivers/serial/telnet_parser.hpp"

namespace plugrig::serial {

void TelnetParser::feed(std::span<const std::uint8_t> bytes, TelnetSink& sink) {
  for (const std::uint8_t byte : bytes) step(byte, sink);
  if (!data_.empty()) {
    sink.on_data(data_);
    data_.clear();
  }
}

void TelnetParser::step(std::uint8_t byte, TelnetSink& sink) {
  switch (state_) {
    case State::data:
      if (byte == telnet::iac) {
        state_ = State::command;
      } else {
        data_.push_back(byte);
      }
      return;
    case State::command:
      command(byte, sink);
      return;
    case State::option:
      state_ = State::data;
      sink.on_negotiation(verb_, byte);
      return;
    case State::sub:
      if (byte == telnet::iac) {
        state_ = State::sub_command;
      } else {
        add_sub(byte);
      }
      return;
    case State::sub_command:
      sub_command(byte, sink);
      return;
  }
}

void TelnetParser::command(std::uint8_t byte, TelnetSink& sink) {
  state_ = State::data;
  if (byte == telnet::iac) {
    data_.push_back(byte);
    return;
  }
  // Data before a command is handed on before it: whoever waits for an answer then knows that all
  // bytes received earlier are in.
  if (!data_.empty()) {
    sink.on_data(data_);
    data_.clear();
  }
  if (byte == telnet::sb) {
    sub_.clear();
    too_long_ = false;
    state_ = State::sub;
  } else if (byte >= telnet::will) {
    verb_ = byte;
    state_ = State::option;
  }
}

void TelnetParser::sub_command(std::uint8_t byte, TelnetSink& sink) {
  if (byte == telnet::iac) {
    add_sub(byte);
    state_ = State::sub;
    return;
  }
  if (byte == telnet::se) {
    state_ = State::data;
    if (!sub_.empty() && !too_long_) sink.on_subnegotiation(sub_);
    return;
  }
  // Another command in the middle: the subnegotiation was cut off.
  command(byte, sink);
}

void TelnetParser::add_sub(std::uint8_t byte) {
  if (sub_.size() < max_subnegotiation) {
    sub_.push_back(byte);
  } else {
    too_long_ = true;
  }
}

void append_escaped(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    out.push_back(byte);
    if (byte == telnet::iac) out.push_back(byte);
  }
}

}  // namespace plugrig::serial
