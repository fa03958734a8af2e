using System.Globalization;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Buses;

/// <summary>A driver over System.Device.I2c and the kernel's calls, on a bus that goes wrong in each way there is.</summary>
public sealed class I2cBusTests
{
    [Fact]
    public async Task Value_comes_through_or_the_fault_has_a_name_and_the_bus_recovers_without_a_restart()
    {
        var folder = TestFolder.Create();
        using var bus = new I2cBus(FakeI2c.Settings, TimeProvider.System);
        var sensor = SensorCatalogue.Models["atlas-ezo-ph"].On(LineKind.I2c)!.Create(bus, new SensorOrder(0x63, ["ph"]));
        List<string> seen = [await ReadAsync(sensor)];
        await using (var line = await FakeI2c.StartAsync(folder))
        {
            seen.Add(await ReadAsync(sensor));
            foreach (var fault in (string[])["errno 121", "errno 6", "errno 110", "garble", "delay 0.2", "top-bits"])
            {
                line.Break($"0x63 {fault}");
                seen.Add($"{fault}: {await ReadAsync(sensor)}");
            }

            line.Break();
            seen.Add(await ReadAsync(sensor));
        }

        seen.Add(await ReadAsync(sensor));
        await using (await FakeI2c.StartAsync(folder))
        {
            seen.Add(await ReadAsync(sensor));
        }

        Assert.Equal(
            [
                "BusDown", "7.01", "errno 121: NoAnswer", "errno 6: NoAnswer", "errno 110: TimedOut", "garble: Garbled",
                "delay 0.2: 7.01", "top-bits: 7.01", "7.01", "BusDown", "7.01",
            ],
            seen);
    }

    private static async Task<string> ReadAsync(ISensor sensor) =>
        await sensor.ReadAsync(TestContext.Current.CancellationToken) switch
        {
            Reading.Measured measured => measured.Outputs[0].Measurement!.Value.Value.ToString(CultureInfo.InvariantCulture),
            Reading.Failed failed => failed.Fault.ToString(),
            _ => throw new InvalidOperationException(),
        };
}
