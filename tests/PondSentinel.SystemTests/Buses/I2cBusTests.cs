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

    /// <summary>In this class, because there is one such bus on a machine.</summary>
    [Fact]
    public async Task Doctor_tells_a_silent_circuit_from_two_at_one_address_and_both_from_a_bus_that_is_not_there()
    {
        var folder = TestFolder.Create();
        var file = Path.Combine(folder, "gateway.toml");
        await File.WriteAllTextAsync(file, Site(folder), TestContext.Current.CancellationToken);
        List<string> seen = [await DoctorAsync(file)];
        await using (var line = await FakeI2c.StartAsync(folder))
        {
            seen.Add(await DoctorAsync(file));
            foreach (var fault in (string[])["errno 121", "second"])
            {
                line.Break($"0x63 {fault}");
                seen.Add(await DoctorAsync(file));
            }
        }

        Assert.Equal(
            [
                """
                bad   bus header: /dev/i2c-177 is not there: write dtparam=i2c_arm=on into
                      config.txt and start the machine anew
                      > check that it is switched on and plugged in

                """,
                "good  device: acid answers\n",
                """
                bad   device: acid does not answer at 0x63 on /dev/i2c-177
                      > check its supply, SDA and SCL; pond-gateway scan shows who answers

                """,
                """
                bad   device: acid at 0x63 on /dev/i2c-177 gives nonsense: two devices at one
                      address, or long wires
                      > unplug one after the other; give one another address

                """,
            ],
            seen);
    }

    // What it says of the line.
    private static async Task<string> DoctorAsync(string file)
    {
        var (_, output, error) = await Command.TryAsync(
            "dotnet", Built.Program("PondSentinel.Gateway", "pond-gateway"), "doctor", "--config", file, "--lang", "en");
        Assert.Equal("", error);
        var lines = output.Split('\n').SkipWhile(line => !line[4..].StartsWith("  device:", StringComparison.Ordinal) && !line[4..].StartsWith("  bus ", StringComparison.Ordinal))
            .TakeWhile((line, index) => index == 0 || line.StartsWith("      ", StringComparison.Ordinal));
        return string.Concat(lines.Select(line => $"{line}\n"));
    }

    private static string Site(string folder) =>
        $"""
        [gateway]
        id = "gz-07"
        site = "zudong"
        [[station]]
        id = "pond"
        [[bus]]
        id = "header"
        kind = "i2c"
        bus = 177
        [[device]]
        id = "acid"
        station = "pond"
        bus = "header"
        model = "atlas-ezo-ph"
        address = 0x63
        interval = "1m"
          [[device.channel]]
          id = "ph"
          output = "ph"
        [buffer]
        folder = "{folder}/buffer"
        """;

    private static async Task<string> ReadAsync(ISensor sensor) =>
        await sensor.ReadAsync(TestContext.Current.CancellationToken) switch
        {
            Reading.Measured measured => measured.Outputs[0].Measurement!.Value.Value.ToString(CultureInfo.InvariantCulture),
            Reading.Failed failed => failed.Fault.ToString(),
            _ => throw new InvalidOperationException(),
        };
}
