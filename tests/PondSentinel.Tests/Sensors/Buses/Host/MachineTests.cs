using CsCheck;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.Host;
using PondSentinel.Sensors.Drivers.HostMachine;

namespace PondSentinel.Tests.Sensors.Buses.Host;

public sealed class MachineTests : IDisposable
{
    private const string Throttled = "sys/devices/platform/soc/soc:firmware/get_throttled";

    private readonly string root = Directory.CreateTempSubdirectory("pond-machine").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Raspberry_Pi_says_what_it_is_how_warm_it_is_and_that_its_supply_is_weak()
    {
        Write("sys/firmware/devicetree/base/model", "Raspberry Pi 4 Model B Rev 1.5\0");
        Write("sys/class/thermal/thermal_zone0/temp", "48312\n");
        Write(Throttled, "50000\n");

        var machine = new Machine(root);
        Assert.Equal("Raspberry Pi 4 Model B Rev 1.5", machine.Model);
        Assert.Equal(48.312, machine.ProcessorCelsius);
        Assert.True(machine.Undervoltage);
    }

    [Theory]
    [InlineData("0", null, false, false)]
    [InlineData("0x0", "0", false, false)]
    [InlineData("80000", null, false, false)]
    [InlineData("10000", null, false, true)]
    [InlineData("10000", "1", true, true)]
    [InlineData("0x1", null, true, true)]
    [InlineData("0", "1", true, true)]
    [InlineData("what?", null, null, null)]
    [InlineData(null, "0", false, false)]
    [InlineData(null, "1", true, true)]
    [InlineData(null, "?", null, null)]
    [InlineData(null, null, null, null)]
    public void Only_the_bits_and_the_alarm_of_undervoltage_count(string? throttled, string? alarm, bool? now, bool? sinceBoot)
    {
        Write(Throttled, throttled);
        Write("sys/class/hwmon/hwmon0/name", "cpu_thermal\n");
        Write("sys/class/hwmon/hwmon0/in0_lcrit_alarm", "1\n");
        Write("sys/class/hwmon/hwmon1/name", alarm is null ? null : "rpi_volt\n");
        Write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", alarm);

        Assert.Equal((now, sinceBoot), (new Machine(root).UndervoltageNow, new Machine(root).Undervoltage));
    }

    [Theory]
    [InlineData("0x01 0x01", "0x01", 10.0, false)]
    [InlineData("0x03 0x0A", "0x02", 100.0, true)]
    [InlineData("0x0b 0x01", "0x03", 110.0, true)]
    [InlineData("0x00 0x00", "0x00", null, null)]
    [InlineData("0x0c 0x01", "what?", null, null)]
    [InlineData("", "", null, null)]
    [InlineData(null, null, null, null)]
    public void Medium_says_how_much_of_its_life_is_used(string? lifeTime, string? preEol, double? percent, bool? nearItsEnd)
    {
        Write("sys/block/sda/device/life_time", "0x05 0x05\n");
        Write("sys/block/mmcblk0/device/life_time", lifeTime);
        Write("sys/block/mmcblk0/device/pre_eol_info", preEol);

        Assert.Equal((percent, nearItsEnd), (new Machine(root).MediumWearPercent, new Machine(root).IsMediumNearItsEnd));
    }

    [Fact]
    public void Any_text_in_its_files_is_no_failure() =>
        Gen.Select(Gen.String, Gen.String).Sample(
            texts =>
            {
                Write("sys/block/mmcblk0/device/life_time", texts.Item1);
                Write("sys/block/mmcblk0/device/pre_eol_info", texts.Item2);
                Write(Throttled, texts.Item1);
                Write("proc/loadavg", texts.Item2);
                var machine = new Machine(root);
                _ = (machine.MediumWearPercent, machine.IsMediumNearItsEnd, machine.Undervoltage, machine.LoadAverage);
            },
            iter: 200,
            threads: 1);

    [Fact]
    public void What_a_machine_does_not_say_is_null_and_no_failure()
    {
        var machine = new Machine(root);

        Assert.Null(machine.Model);
        Assert.Null(machine.ProcessorCelsius);
        Assert.Null(machine.LoadAverage);
        Assert.Null(Machine.FreeBytes(Path.Combine(root, "nowhere")));
        Assert.True(Machine.FreeBytes(root) > 0);
        Assert.True(Machine.ResidentBytes > 1 << 20);
    }

    [Fact]
    public async Task As_a_device_it_has_the_outputs_that_somebody_wants_and_says_which_it_cannot_have()
    {
        Write("sys/class/thermal/thermal_zone0/temp", "48312\n");
        Write(Throttled, "1");
        Write("proc/loadavg", "0.75 0.50 0.25 1/100 1234\n");
        var sensor = Sensor("cpu_temperature", "undervoltage", "undervoltage_since_boot", "medium_wear", "load");

        Assert.Equal("48.312 1 1 Absent 0.75", await ReadAsync(sensor));

        // The kernel's own monitor clears what the firmware remembers.
        Write(Throttled, "0");
        Assert.Equal("48.312 0 1 Absent 0.75", await ReadAsync(sensor));
        Assert.Equal("0", await ReadAsync(Sensor("undervoltage_since_boot")));
        Assert.Matches("^[0-9.]+$", await ReadAsync(Sensor("disk_free")));
    }

    [Theory]
    [InlineData("0x01", "30")]
    [InlineData("0x02", "30 DeviceFault")]
    public async Task Medium_near_its_end_is_a_fault_of_the_device(string preEol, string expected)
    {
        Write("sys/block/mmcblk0/device/life_time", "0x02 0x03");
        Write("sys/block/mmcblk0/device/pre_eol_info", preEol);

        Assert.Equal(expected, await ReadAsync(Sensor("medium_wear")));
    }

    private static async Task<string> ReadAsync(ISensor sensor) =>
        Readings.Describe(await sensor.ReadAsync(TestContext.Current.CancellationToken));

    private ISensor Sensor(params string[] outputs) => HostSensor.Model.On(LineKind.Host)!.Create(
        new HostBus(new Machine(root), root, TimeProvider.System), new SensorOrder(0, outputs));

    private void Write(string path, string? text)
    {
        if (text is null)
        {
            return;
        }

        var file = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
