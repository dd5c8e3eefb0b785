#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "rig/cli/commands/command.hpp"
#include "rig/cli/commands/find_unit.hpp"
#include "rig/cli/commands/label_files.hpp"
#include "rig/cli/commands/label_printer.hpp"
#include "rig/cli/commands/store_path.hpp"
#include "rig/core/did_you_mean.hpp"
#include "rig/engine/exit_code.hpp"
#include "rig/engine/scan_desk.hpp"
#include "rig/record/store.hpp"

namespace plugrig::cli {

namespace po = boost::program_options;

namespace {

LabelledUnit labelled(const UnitRecord& unit) {
  return {unit.unit_id, unit.slot, fact_of(unit, "serial"), fact_of(unit, "mac")};
}

/// The label that is stuck on the plug is this unit's.
void scan_back(const UnitRecord& unit, const std::string& scanned, RecordStore& store,
               Console& console) {
  label_of(unit);  // only a unit that has a label can be closed by it
  if (!label_names(labelled(unit), scanned)) throw other_label(labelled(unit), scanned);
  if (fact_of(unit, "label_confirmed").empty())
    store.set_fact(unit.unit_id, "label_confirmed", to_iso8601(make_real_clock()->utc()));
  console.out << fmt::format("unit {} closed by its label\n", unit.unit_id);
}

/// A serial that was scanned for the wrong plug may go to another one; a certificate keeps its own.
void release_serial(const UnitRecord& unit, RecordStore& store, Console& console) {
  const auto serial = fact_of(unit, "serial");
  if (serial.empty()) throw UsageError("the record of " + unit.unit_id + " has no serial");
  if (unit.verdict == Verdict::pass) {
    throw Fault(
        "serial.certified", Blame::operator_,
        fmt::format("Unit {} is PASS, and its certificate names serial {}.", unit.unit_id, serial),
        "Give the other plug another serial; what is certified stays.");
  }
  store.set_fact(unit.unit_id, "serial_released", to_iso8601(make_real_clock()->utc()));
  console.out << fmt::format("serial {} of unit {} released\n", serial, unit.unit_id);
}

void write_or_print(const UnitRecord& unit, const po::variables_map& values,
                    const RecordStore& store, Console& console) {
  const auto& wanted = values["size"].as<std::string>();
  const LabelSize size = wanted.empty() ? label_size_of_unit(unit) : label_size_of(wanted);
  if (const auto& printer = values["printer"].as<std::string>(); !printer.empty()) {
    const auto zpl = label_bytes(unit, size, "zpl");
    send_to_printer({reinterpret_cast<const char*>(zpl.data()), zpl.size()}, printer);  // NOLINT
    console.out << fmt::format("label of {} sent to {}\n", unit.unit_id, printer);
    return;
  }
  const auto& format = values["format"].as<std::string>();
  const auto& known = label_formats();
  if (std::find(known.begin(), known.end(), format) == known.end())
    throw UsageError(with_did_you_mean("no label format '" + format + "'", format, known));
  std::filesystem::path path = values["out"].as<std::string>();
  if (path.empty()) path = store.path().parent_path() / "labels" / (unit.unit_id + "." + format);
  write_label(path, label_bytes(unit, size, format));
  console.out << path.string() << "\n";
}

}  // namespace

int label_command(const std::vector<std::string>& arguments, Console& console) {
  po::options_description options("options");
  options.add_options()("store", po::value<std::string>()->default_value(""), "record store")(
      "format", po::value<std::string>()->default_value("pdf"), "zpl, pdf or png")(
      "out", po::value<std::string>()->default_value(""),
      "file for the label; default: labels/ beside the store")(
      "size", po::value<std::string>()->default_value(""),
      "'50x25' (mm, width first) or '50 mm x 25 mm, 300 dpi'; default: the product's")(
      "printer", po::value<std::string>()->default_value(""),
      "send it as ZPL to this label printer instead: HOST:9100, or the path of its device")(
      "scan-back", po::value<std::string>(),
      "what was scanned from the label on the plug: closes the unit when it is its own")(
      "release-serial", "the serial was scanned for the wrong plug: another one may have it");
  po::variables_map values;
  if (!parse(arguments, options, {"unit"},
             "label UNIT [options]; UNIT is its id, the plug's MAC or its serial", console, values))
    return exit_code::all_passed;
  if (values.count("unit") == 0) throw UsageError("name a unit, by its id, MAC or serial");
  const bool writes = values.count("scan-back") > 0 || values.count("release-serial") > 0;
  RecordStore store(existing_store(values["store"].as<std::string>()), {.read_only = !writes});
  const auto unit =
      store.unit(find_unit(values["unit"].as<std::vector<std::string>>().front(), store));
  if (values.count("scan-back") > 0) {
    scan_back(unit, values["scan-back"].as<std::string>(), store, console);
  } else if (writes) {
    release_serial(unit, store, console);
  } else {
    write_or_print(unit, values, store, console);
  }
  return exit_code::all_passed;
}

}  // namespace plugrig::cli
