using CsCheck;
using PondSentinel.Measurements;
using PondSentinel.Sensors;
using PondSentinel.Sensors.Buses.OneWire;
using PondSentinel.Sensors.Drivers.MaximDs18b20;

namespace PondSentinel.Tests.Sensors.Drivers;

public sealed class Ds18b20Tests
{
    private const string Name = "28-3c01f0960b3f";

    [Theory]
    [InlineData("7f 01 4b 46 7f ff 01 10 33 : crc=33 YES\n7f 01 4b 46 7f ff 01 10 33 t=23937\n", "23.9375")]
    [InlineData("59 01 4b 46 7f ff 07 10 a2 : crc=a2 YES\n59 01 4b 46 7f ff 07 10 a2 t=21562\n", "21.5625")]
    [InlineData("f8 ff 4b 46 7f ff 08 10 f8 : crc=f8 YES\nf8 ff 4b 46 7f ff 08 10 f8 t=-500\n", "-0.5")]
    [InlineData("50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n", "TimedOut")]
    [InlineData("00 00 00 00 00 00 00 00 00 : crc=00 YES\n00 00 00 00 00 00 00 00 00 t=0\n", "Garbled")]
    [InlineData("7f 01 4b 46 7f ff 01 10 33 : crc=32 NO\n7f 01 4b 46 7f ff 01 10 33 t=23937\n", "Garbled")]
    [InlineData("7f 02 4b 46 7f ff 01 10 33 : crc=33 YES\n7f 02 4b 46 7f ff 01 10 33 t=39937\n", "Garbled")]
    [InlineData("7f 01 4b 46 7f ff 01 10 : crc=33 YES\n", "Garbled")]
    [InlineData("7f 01 4b 46 7f ff 01 10 +3 : crc=33 YES\n", "Garbled")]
    [InlineData("\n", "Garbled")]
    [InlineData("", "NoAnswer")]
    public void Every_file_has_one_meaning(string text, string expected) =>
        Assert.Equal(expected, Readings.Describe(Ds18b20Scratchpad.Interpret(text)));

    [Fact]
    public void Eighty_five_degrees_that_were_measured_are_a_value()
    {
        byte[] bytes = [0x50, 0x05, 0x4B, 0x46, 0x7F, 0xFF, 0x10, 0x10];

        Assert.Equal("85", Readings.Describe(Ds18b20Scratchpad.Interpret(Text([.. bytes, Ds18b20Scratchpad.Crc(bytes)]))));
    }

    [Fact]
    public void Any_text_is_understood_or_refused_without_an_exception() =>
        Gen.String.Sample(text => { Ds18b20Scratchpad.Interpret(text); }, iter: 5_000);

    [Fact]
    public void Scratchpad_with_any_bit_turned_is_not_taken() =>
        (from bytes in Gen.Byte.Array[8] from bit in Gen.Int[0, 71] select (bytes, bit)).Sample(
            input =>
            {
                byte[] scratchpad = [.. input.bytes, Ds18b20Scratchpad.Crc(input.bytes)];
                scratchpad[input.bit / 8] ^= (byte)(1 << (input.bit % 8));

                Assert.Equal("Garbled", Readings.Describe(Ds18b20Scratchpad.Interpret(Text(scratchpad))));
            },
            iter: 5_000);

    [Fact]
    public async Task Chip_that_is_not_there_and_a_bus_that_is_not_there_are_two_faults()
    {
        var folder = Directory.CreateTempSubdirectory("pond-w1-");
        try
        {
            Assert.Equal(new Reading.Failed(SensorFault.NoAnswer, $"{Name} is not on the bus"), await ReadAsync(folder.FullName));

            var chip = folder.CreateSubdirectory(Name);
            await File.WriteAllTextAsync(
                Path.Combine(chip.FullName, "w1_slave"),
                "7f 01 4b 46 7f ff 01 10 33 : crc=33 YES\n7f 01 4b 46 7f ff 01 10 33 t=23937\n",
                TestContext.Current.CancellationToken);
            Assert.Equal("23.9375", Readings.Describe(await ReadAsync(folder.FullName)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Assert.Equal("BusDown", Readings.Describe(await ReadAsync(folder.FullName)));
    }

    [Fact]
    public async Task Bus_is_left_to_others_while_the_chip_measures_and_a_call_that_hangs_is_not_joined_by_a_second()
    {
        var calls = 0;
        using var end = new ManualResetEventSlim();
        var good = Ds18b20Scratchpad.Interpret("7f 01 4b 46 7f ff 01 10 33 : crc=33 YES\n");
        var time = new HastyTime();
        var turn = new RecordedTurn(time);
        var sensor = new Ds18b20Sensor(
            () =>
            {
                Interlocked.Increment(ref calls);
                end.Wait();
                return good;
            },
            time);
        using var cut = new CancellationTokenSource();

        var first = sensor.ReadAsync(turn, cut.Token).AsTask();
        Assert.Equal([TimeSpan.FromMilliseconds(750)], turn.Pauses);
        Assert.False(first.IsCompleted);
        await cut.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal("TimedOut", Readings.Describe(await sensor.ReadAsync(turn, TestContext.Current.CancellationToken)));

        end.Set();
        Reading next;
        do
        {
            next = await sensor.ReadAsync(turn, TestContext.Current.CancellationToken);
        }
        while (next is Reading.Failed);

        Assert.Equal("23.9375", Readings.Describe(next));
        Assert.Equal(2, calls);
    }

    private static string Text(byte[] bytes) =>
        $"{string.Join(' ', bytes.Select(value => value.ToString("x2")))} : crc={bytes[^1]:x2} YES\n";

    private static async Task<Reading> ReadAsync(string folder)
    {
        using var bus = new OneWireBus(new OneWireSettings(folder), new HastyTime());
        return await Ds18b20Sensor.Model.On(LineKind.OneWire)!.Create(bus, new SensorOrder(0x28_3c01f0960b3f, ["temperature"]))
            .ReadAsync(TestContext.Current.CancellationToken);
    }
}
