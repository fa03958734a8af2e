using PondSentinel.Sensors;
using PondSentinel.Simulator.Devices;
using PondSentinel.Simulator.Devices.Twins;

namespace PondSentinel.Tests.Simulator.Devices.Twins;

/// <summary>Nobody adds a sensor without a twin.</summary>
public sealed class TwinCatalogueTests
{
    private static readonly string[] Profiles = [.. SensorCatalogue.Profiles.Select(profile => profile.Id)];

    [Fact]
    public void Every_model_has_a_twin_on_each_line_that_it_can_hang_on() =>
        Assert.Equal([], TwinBench.All.Where(pair => !HasTwin(pair.Model, pair.Kind)));

    [Fact]
    public void Every_profile_has_a_twin_that_is_not_made_of_it() =>
        Assert.Equal([], Profiles.Except(TwinCatalogue.Modbus.Keys, StringComparer.Ordinal));

    [Fact]
    public void Every_twin_is_one_of_a_model() => Assert.Equal(
        [],
        TwinCatalogue.Modbus.Keys.Concat(TwinCatalogue.Alone.Keys).Concat(TwinCatalogue.I2c.Keys).Concat(TwinCatalogue.OneWire)
            .Concat(TwinCatalogue.Spi.Keys).Concat(TwinCatalogue.Gpio.Keys).Concat(TwinCatalogue.Host)
            .Except(SensorCatalogue.Models.Keys, StringComparer.Ordinal));

    [Fact]
    public void Every_fault_has_a_word_and_some_twin_has_it()
    {
        var knobs = TwinCatalogue.Modbus.Values.SelectMany(kind => kind.Knobs)
            .Concat(TwinCatalogue.Alone.Values.SelectMany(kind => kind.Knobs))
            .Concat(TwinCatalogue.I2c.Values.SelectMany(kind => kind.Knobs))
            .Concat(Ds18b20Folder.Knobs)
            .Concat(TwinCatalogue.Spi.Values.SelectMany(kind => kind.Knobs))
            .Concat(TwinCatalogue.Gpio.Values.SelectMany(kind => kind.Knobs))
            .Concat(HostFolder.Knobs)
            .Append(FaultKind.None)
            .Distinct();
        Assert.Equal(Enum.GetValues<FaultKind>().Order(), FaultWords.All.Select(word => word.Kind).Order());
        Assert.Equal(Enum.GetValues<FaultKind>().Order(), knobs.Order());
    }

    private static bool HasTwin(string model, LineKind kind) => kind switch
    {
        LineKind.Serial => TwinCatalogue.Alone.ContainsKey(model) || TwinCatalogue.Modbus.ContainsKey(model) || Profiles.Contains(model),
        LineKind.I2c => TwinCatalogue.I2c.ContainsKey(model),
        LineKind.OneWire => TwinCatalogue.OneWire.Contains(model),
        LineKind.Spi => TwinCatalogue.Spi.ContainsKey(model),
        LineKind.Gpio => TwinCatalogue.Gpio.ContainsKey(model),
        LineKind.Host => TwinCatalogue.Host.Contains(model),
        _ => false,
    };
}
