using PondSentinel.Gateway.Health;

namespace PondSentinel.Tests.Gateway.Health;

public sealed class MachineTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("pond-machine").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Raspberry_Pi_says_what_it_is_how_warm_it_is_and_that_its_supply_is_weak()
    {
        Write("sys/firmware/devicetree/base/model", "Raspberry Pi 4 Model B Rev 1.5\0");
        Write("sys/class/thermal/thermal_zone0/temp", "48312\n");
        Write("sys/devices/platform/soc/soc:firmware/get_throttled", "50000\n");

        var machine = new Machine(root);
        Assert.Equal("Raspberry Pi 4 Model B Rev 1.5", machine.Model);
        Assert.Equal(48.312, machine.ProcessorCelsius);
        Assert.True(machine.Undervoltage);
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("0x0", false)]
    [InlineData("80000", false)]
    [InlineData("10000", true)]
    [InlineData("0x1", true)]
    [InlineData("what?", null)]
    public void Only_the_bits_of_undervoltage_count(string throttled, bool? expected)
    {
        Write("sys/devices/platform/soc/soc:firmware/get_throttled", throttled);

        Assert.Equal(expected, new Machine(root).Undervoltage);
    }

    [Fact]
    public void What_a_machine_does_not_say_is_null_and_no_failure()
    {
        var machine = new Machine(root);

        Assert.Null(machine.Model);
        Assert.Null(machine.ProcessorCelsius);
        Assert.Null(machine.Undervoltage);
        Assert.Null(Machine.FreeBytes(Path.Combine(root, "nowhere")));
        Assert.True(Machine.FreeBytes(root) > 0);
        Assert.True(Machine.ResidentBytes > 1 << 20);
    }

    private void Write(string path, string text)
    {
        var file = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
