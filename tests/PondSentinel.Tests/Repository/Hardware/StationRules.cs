using System.Text.RegularExpressions;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;

namespace PondSentinel.Tests.Repository.Hardware;

/// <summary>The stations of <c>hardware</c> say one thing: configuration, parts, drawings and guide.</summary>
public sealed partial class StationRules
{
    [Fact]
    public void Water_and_dust_are_worked_through() =>
        Assert.Equal(["hardware/dust-station", "hardware/water-station"], Station.All.Select(station => station.Folder));

    [Fact]
    public void Their_configurations_have_nothing_wrong() =>
        Assert.Equal([], Station.All.SelectMany(station =>
        {
            var loaded = GatewayConfigurationFile.Load(Checkout.Absolute($"{station.Folder}/gateway.toml"));
            return loaded.Problems.Concat(loaded.Warnings).Select(problem => problem.ToString());
        }));

    [Fact]
    public void Every_sensor_in_a_bill_of_materials_is_in_the_catalogue() =>
        Assert.Equal([], Station.All.SelectMany(station => station.Parts
            .Where(part => part.Model.Length > 0 && !SensorCatalogue.Models.ContainsKey(part.Model))
            .Select(part => $"{station}: {part.Model}")));

    [Fact]
    public void Every_bill_of_materials_has_as_many_pieces_of_each_sensor_as_are_configured() =>
        Assert.Equal([], Station.All.SelectMany(station => Counts(station.WiredDevices.Select(device => (device.Model, 1)))
            .Except(Counts(station.Parts.Where(part => part.Model.Length > 0).Select(part => (part.Model, part.Quantity))), StringComparer.Ordinal)
            .Select(count => $"{station}: {count}")));

    [Fact]
    public void Every_guide_names_each_device_with_its_model_bus_and_address() =>
        Assert.Equal([], Station.All.SelectMany(station => station.WiredDevices
            .Select(device => $"| `{device.Id}` | [{device.Model}](../sensors/{device.Model}.md) | {device.Bus} | {station.AddressOf(device)} |")
            .Where(row => !station.Guide.Contains(row.Replace("|  |", "| |", StringComparison.Ordinal), StringComparison.Ordinal))
            .Select(row => $"{station}: {row}")));

    [Fact]
    public void Every_port_in_a_guide_is_that_of_its_configuration() =>
        Assert.Equal([], Station.All.SelectMany(station => Port().Matches(station.Guide)
            .Select(match => match.Value)
            .Except(station.Configuration.Buses.Select(bus => bus.Line.Place), StringComparer.Ordinal)
            .Select(port => $"{station}: {port}")));

    [Fact]
    public void Every_device_is_in_a_drawing() =>
        Assert.Equal([], Station.All.SelectMany(station => station.WiredDevices.Select(device => device.Id)
            .Except(Sources(station).SelectMany(source => source.Wiring.Blocks).Select(block => block.Device ?? ""), StringComparer.Ordinal)
            .Select(device => $"{station}: {device}")));

    [Fact]
    public void Every_wire_joins_like_with_like() =>
        Assert.Equal([], Station.All.SelectMany(Sources).SelectMany(source => source.Wiring.Joints
            .Where(joint => joint.Select(pin => pin.Kind).Distinct(StringComparer.Ordinal).Count() > 1)
            .Select(joint => $"{source.File}: {string.Join(" and ", joint)}")));

    [Fact]
    public void No_pin_is_left_without_a_wire() =>
        Assert.Equal([], Station.All.SelectMany(Sources).SelectMany(source => source.Wiring.Blocks.SelectMany(block => block.Pins)
            .Except(source.Wiring.Joints.SelectMany(joint => joint))
            .Select(pin => $"{source.File}: {pin}")));

    [Fact]
    public void Every_sensor_bears_the_rail_that_it_is_drawn_on() =>
        Assert.Equal([], Station.All.SelectMany(station => Sources(station).SelectMany(source => source.Wiring.Blocks)
            .Where(block => block.Device is not null)
            .SelectMany(block => block.Pins, (block, pin) => (Model: ModelOf(station, block.Device!), Rail: WireKind.All.Single(kind => kind.Name == pin.Kind)))
            .Where(end => end.Rail.Volts is { } rail && station.Parts.First(part => part.Model == end.Model).Volts is { } bears
                && (rail.Min < bears.Min || rail.Max > bears.Max))
            .Select(end => $"{station}: {end.Model} on {end.Rail.Label}")));

    [Fact]
    public void Every_drawing_is_what_its_source_gives() =>
        Assert.Equal([], Station.All.SelectMany(Sources).Select(source => Made.Differs(Path.ChangeExtension(source.File, ".svg"), WiringDrawing.Of(source.Wiring)))
            .OfType<string>());

    [Fact]
    public void Every_power_budget_is_what_the_parts_give() =>
        Assert.Equal([], Station.All.Select(station => Made.Differs($"{station.Folder}/README.md", Between(station.Guide, PowerBudget.Of(station).Markdown())))
            .OfType<string>());

    [Fact]
    public void Every_battery_lasts_through_five_days_without_sun_and_every_panel_fills_it_again() =>
        Assert.Equal([], Station.All.Select(station => (station.Folder, Budget: PowerBudget.Of(station)))
            .Where(station => station.Budget.Basis.DaysWithoutSun < 5
                || station.Budget.Basis.BatteryAmpereHours < station.Budget.BatteryAmpereHoursNeeded
                || station.Budget.Basis.PanelWatts < station.Budget.PanelWattsNeeded)
            .Select(station => station.Folder));

    [Fact]
    public void Battery_and_panel_of_the_budget_are_those_of_the_list() =>
        Assert.Equal([], Station.All.SelectMany(station => new[]
            {
                FormattableString.Invariant($"{PowerBudget.Of(station).Basis.BatteryAmpereHours:0} Ah"),
                FormattableString.Invariant($"panel, {PowerBudget.Of(station).Basis.PanelWatts:0} W"),
            }
            .Where(words => !station.Parts.Any(part => part.Name.Contains(words, StringComparison.Ordinal)))
            .Select(words => $"{station}: {words}")));

    [Fact]
    public void Every_current_says_where_it_is_from() =>
        Assert.Equal([], Station.All.SelectMany(station => station.Parts
            .Where(part => part.Milliamperes > 0 && part.Source.Length == 0)
            .Select(part => $"{station}: {part.Name}")));

    private static IEnumerable<(string File, Wiring Wiring)> Sources(Station station) =>
        station.Drawings.Select(file => (file, Wiring.Read(file, station)));

    private static string ModelOf(Station station, string device) => station.Configuration.Devices.Single(options => options.Id == device).Model;

    private static IEnumerable<string> Counts(IEnumerable<(string Model, int Pieces)> models) =>
        models.GroupBy(model => model.Model).Select(group => $"{group.Key} × {group.Sum(model => model.Pieces)}");

    // What is made stands between two marks; around them is what people wrote.
    private static string Between(string guide, string table) =>
        MadeTable().Replace(guide, match => match.Groups["begin"].Value + table + match.Groups["end"].Value);

    [GeneratedRegex(@"(?<begin><!-- made of parts\.csv and power\.toml -->\n).*?(?<end><!-- end -->)", RegexOptions.Singleline)]
    private static partial Regex MadeTable();

    [GeneratedRegex(@"/dev/(serial/[\w./-]+|tty\w+|i2c-\d|spidev[\d.]+|gpiochip\d)")]
    private static partial Regex Port();
}
