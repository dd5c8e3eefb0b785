#include "rig/engine/variable_sources.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <memory>

#include "rig/core/yaml.hpp"

namespace plugrig {
namespace {

/// Whether others than the owner may do anything with the file; what cannot be asked is left to
/// whoever opens it.
bool open_to_others(const std::filesystem::path& path) {
  struct stat facts {};
  constexpr mode_t others = S_IRWXG | S_IRWXO;
  return ::stat(path.c_str(), &facts) == 0 && (facts.st_mode & others) != 0;
}

/// The places of `found` without its texts, which may quote a secret.
void tell_places(const Problems& found, const std::string& file, Problems& problems) {
  for (const Problem& problem : found.all()) {
    problems.error(file, problem.place, "this is no map of names and texts",
                   "write one 'NAME: TEXT' a line, with quotes around texts that hold signs");
  }
}

}  // namespace

std::string secret_environment_name(std::string_view variable) {
  std::string name = "PLUGRIG_SECRET_";
  for (const char c : variable) {
    name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

VariableValues load_secrets_file(const std::filesystem::path& path, Problems& problems) {
  const std::string file = path.string();
  if (open_to_others(path)) {
    problems.error(file, {}, "this file of secrets may be read by others than its owner",
                   fmt::format("chmod 600 {}", file));
    return {};
  }
  // Read apart from the other files: an excerpt of this one must not be shown.
  Problems own;
  const yaml::Document document = yaml::load(path, own);
  if (document.root.kind == yaml::Kind::null && !std::filesystem::exists(path)) {
    problems.error(file, {}, "this file of secrets is not there", "correct the path of --secrets");
    return {};
  }
  if (document.root.kind != yaml::Kind::map && !own.any_error()) own.error(file, {1, 1}, "");
  VariableValues values;
  for (const yaml::Entry& entry : document.root.entries) {
    if (entry.value.kind == yaml::Kind::scalar) {
      values[entry.key] = entry.value.text;
    } else {
      own.error(file, entry.key_place, "");
    }
  }
  tell_places(own, file, problems);
  return values;
}

SecretLookup look_up_secrets(SecretPlaces places) {
  auto shared = std::make_shared<const SecretPlaces>(std::move(places));
  return [shared](const std::string& name, const std::string& help) -> std::optional<std::string> {
    if (shared->environment) {
      if (auto value = shared->environment(secret_environment_name(name))) return value;
    }
    if (const auto known = shared->file.find(name); known != shared->file.end()) {
      return known->second;
    }
    return shared->prompt ? shared->prompt(name, help) : std::nullopt;
  };
}

}  // namespace plugrig
