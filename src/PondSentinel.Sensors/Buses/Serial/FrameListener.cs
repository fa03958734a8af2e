using PondSentinel.Measurements;

namespace PondSentinel.Sensors.Buses.Serial;

/// <summary>Asks a device that has its line for itself and sends frames, asked or not: throws away what has come, asks, and
/// takes the first whole frame after that.</summary>
/// <param name="line">The line; not disposed of.</param>
/// <param name="time">For deadlines.</param>
/// <param name="frameLength">Bytes of a frame.</param>
internal sealed class FrameListener(ISerialLine line, TimeProvider time, int frameLength)
{
    // While more than this comes without a frame in it, it is another device.
    private const int BufferLength = 512;

    private readonly byte[] buffer = new byte[BufferLength];

    /// <summary>Asks and listens.</summary>
    /// <typeparam name="T">What a frame means.</typeparam>
    /// <param name="question">What is sent; empty to a device that only speaks.</param>
    /// <param name="within">How long to listen, beside what the line itself may hold an answer back.</param>
    /// <param name="find">Gives what the first whole frame in some bytes means, or null where there is none.</param>
    /// <param name="onSilence">What may be the matter where nothing comes, after a semicolon.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>What was found, or why nothing was.</returns>
    public async ValueTask<(T? Found, Reading.Failed? Failure)> AskAsync<T>(
        ReadOnlyMemory<byte> question, TimeSpan within, FrameFinder<T> find, string onSilence, CancellationToken cancellationToken)
        where T : class
    {
        var fault = await line.OpenAsync(cancellationToken) ?? await line.DrainAsync(buffer, cancellationToken)
            ?? await line.WriteAsync(question, cancellationToken);
        if (fault is not null)
        {
            return (null, new Reading.Failed(SensorFault.BusDown, fault));
        }

        within += line.Settings.Delay;
        var begun = time.GetTimestamp();
        var received = 0;
        while (received < buffer.Length && within - time.GetElapsedTime(begun) is var left && left > TimeSpan.Zero)
        {
            (var count, fault) = await line.ReadAsync(buffer.AsMemory(received), left, cancellationToken);
            if (fault is not null)
            {
                return (null, new Reading.Failed(SensorFault.BusDown, fault));
            }

            received += count;
            if (find(buffer.AsSpan(..received)) is { } found)
            {
                return (found, null);
            }
        }

        return (null, Nothing(buffer.AsSpan(..received), within, onSilence));
    }

    private Reading.Failed Nothing(ReadOnlySpan<byte> bytes, TimeSpan waited, string onSilence)
    {
        const int shownMax = 24;
        var shown = Convert.ToHexString(bytes[..Math.Min(bytes.Length, shownMax)]);
        var within = $"within {waited.TotalMilliseconds:0} ms";
        return bytes.Length == 0
            ? new Reading.Failed(SensorFault.NoAnswer, $"no byte {within}; {onSilence}")
            : bytes.Length < frameLength
                ? new Reading.Failed(SensorFault.TimedOut, $"only part of a frame {within}: {shown}")
                : new Reading.Failed(SensorFault.Garbled, $"no good data frame {within}: {shown}");
    }
}

/// <summary>What the first whole frame in some bytes means, or null where there is none.</summary>
/// <typeparam name="T">What a frame means.</typeparam>
/// <param name="bytes">The bytes.</param>
internal delegate T? FrameFinder<out T>(ReadOnlySpan<byte> bytes)
    where T : class;
