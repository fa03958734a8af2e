using PondSentinel.Measurements;
using PondSentinel.Sensors.Buses.Spi;

namespace PondSentinel.Sensors.Drivers.AlphasenseOpcN3;

/// <summary>One command at a time to an OPC-N3: its byte again and again until the sensor is ready, then the bytes that belong to it.
/// </summary>
/// <remarks>Source: Alphasense 072-0503, issue 2, sections 2 and 3. Not thread-safe.</remarks>
/// <param name="line">The line; not disposed of.</param>
/// <param name="time">For the rests between bytes and commands.</param>
internal sealed class OpcN3Link(ISpiLine line, TimeProvider time)
{
    private const byte Busy = 0x31;
    private const byte Ready = 0xF3;
    private const int PollsMax = 20;

    // Between a command's byte and the next one, and between two commands: above 10 ms, below 100 ms.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);

    // After a byte that does not belong there, above 2 s, so that the sensor clears what it holds.
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(2500);

    // Mode 1, 300 to 750 kHz, above 10 µs and below 100 µs between the bytes that follow a command.
    private static readonly SpiWay Way = new(Mode: 1, ClockHertz: 500_000, TimeSpan.FromMicroseconds(10));

    private long? restedFrom;
    private TimeSpan rest;

    /// <summary>Gives a command.</summary>
    /// <param name="command">Its byte.</param>
    /// <param name="write">What is sent once the sensor is ready.</param>
    /// <param name="read">Receives what comes meanwhile; as long as <paramref name="write"/>.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Null where the sensor was ready and took it, else what is wrong.</returns>
    public async ValueTask<Reading.Failed?> CommandAsync(
        byte command, ReadOnlyMemory<byte> write, Memory<byte> read, CancellationToken cancellationToken)
    {
        if (restedFrom is { } since && rest - time.GetElapsedTime(since) is var left && left > TimeSpan.Zero)
        {
            await Task.Delay(left, time, cancellationToken);
        }

        // Where it is cut off, the sensor holds half of a command: as after a failure.
        (restedFrom, rest) = (time.GetTimestamp(), Silence);
        var failed = await GetReadyAsync(command, cancellationToken);
        if (failed is null && line.Exchange(Way, write.Span, read.Span) is { } fault)
        {
            failed = new Reading.Failed(SensorFault.BusDown, fault);
        }

        (restedFrom, rest) = (time.GetTimestamp(), failed is null ? Pause : Silence);
        return failed;
    }

    private async ValueTask<Reading.Failed?> GetReadyAsync(byte command, CancellationToken cancellationToken)
    {
        byte[] write = [command];
        var read = new byte[1];
        for (var poll = 0; poll < PollsMax; poll++)
        {
            if (line.Exchange(Way, write, read) is { } fault)
            {
                return new Reading.Failed(SensorFault.BusDown, fault);
            }

            switch (read[0])
            {
                case Ready:
                    return null;
                case Busy:
                    await Task.Delay(Pause, time, cancellationToken);
                    break;
                case 0x00 or 0xFF when poll == 0:
                    return new Reading.Failed(SensorFault.NoAnswer, $"nobody drives the line: it reads {read[0]:X2}");
                default:
                    return new Reading.Failed(SensorFault.Garbled, $"{read[0]:X2} in answer to command {command:X2}");
            }
        }

        return new Reading.Failed(SensorFault.TimedOut, $"it is still busy with command {command:X2} after {PollsMax} questions");
    }
}
