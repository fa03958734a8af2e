using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Tests.Sensors;

/// <summary>A serial line whose other end answers after a while, on a clock that somebody else moves.</summary>
/// <param name="time">The clock.</param>
/// <param name="answer">What comes of a request, and after how long; null where nobody answers.</param>
internal sealed class AnsweringLine(TimeProvider time, Func<byte[], (TimeSpan After, byte[] Bytes)?> answer) : ISerialLine
{
    private readonly Queue<(long From, TimeSpan After, byte[] Bytes)> coming = new();

    public SerialSettings Settings { get; init; } = new("/dev/answering", 9600);

    /// <summary>Requests so far.</summary>
    public List<byte[]> Written { get; } = [];

    public string? Open() => null;

    public void Reset()
    {
    }

    public ValueTask<string?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Written.Add(bytes.ToArray());
        if (answer(bytes.ToArray()) is var (after, reply))
        {
            coming.Enqueue((time.GetTimestamp(), after, reply));
        }

        return ValueTask.FromResult<string?>(null);
    }

    public async ValueTask<LineResult> ReadAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var arrives = coming.TryPeek(out var next) ? next.After - time.GetElapsedTime(next.From) : TimeSpan.MaxValue;
        var wait = arrives < timeout ? arrives : timeout;
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken);
        }

        if (arrives > timeout)
        {
            return LineResult.Silence;
        }

        coming.Dequeue().Bytes.CopyTo(buffer);
        return new LineResult(next.Bytes.Length, null);
    }

    public void Dispose()
    {
    }
}
