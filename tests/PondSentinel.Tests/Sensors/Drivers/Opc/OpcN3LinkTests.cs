using PondSentinel.Sensors.Buses.Spi;
using PondSentinel.Sensors.Drivers.AlphasenseOpcN3;

namespace PondSentinel.Tests.Sensors.Drivers.Opc;

public sealed class OpcN3LinkTests
{
    private const byte Busy = 0x31;
    private const byte Ready = 0xF3;

    // Cut off between its byte and the sensor's word, the sensor holds half of a command.
    [Fact]
    public async Task Command_after_one_that_was_cut_off_comes_after_the_silence_that_clears_the_sensor()
    {
        var time = new HastyTime();
        using var stop = new CancellationTokenSource();
        var line = new Line(() =>
        {
            stop.Cancel();
            return Busy;
        });
        var link = new OpcN3Link(line, time);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await link.CommandAsync(0x30, default, default, stop.Token));
        line.Answer = () => Ready;
        Assert.Null(await link.CommandAsync(0x30, default, default, TestContext.Current.CancellationToken));

        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));
    }

    private sealed class Line(Func<byte> answer) : ISpiLine
    {
        public Func<byte> Answer { get; set; } = answer;

        public string Place => "/dev/spidev0.0";

        public string? Exchange(SpiWay way, ReadOnlySpan<byte> write, Span<byte> read)
        {
            if (read.Length > 0)
            {
                read[0] = Answer();
            }

            return null;
        }

        public void Dispose()
        {
        }
    }
}
