using Microsoft.Extensions.Time.Testing;
using PondSentinel.Sensors.Buses.Serial;

namespace PondSentinel.Tests.Sensors;

/// <summary>A line whose other end follows a script. Its clock moves only while somebody waits for bytes, so a test of a
/// deadline takes no time and always goes the same way.</summary>
internal sealed class ScriptedLine(FakeTimeProvider time, Func<int, IEnumerable<(int AfterMs, string Hex)>> answer) : ISerialLine
{
    private readonly PriorityQueue<byte, (long AtMs, int Order)> coming = new();
    private readonly long begin = time.GetTimestamp();
    private int order;

    public SerialSettings Settings { get; } = new("/dev/scripted", 9600);

    /// <summary>What went out, and when.</summary>
    public List<(long AtMs, byte[] Bytes)> Written { get; } = [];

    /// <summary>What opening, writing and reading say, where they shall fail.</summary>
    public string? Fault { get; set; }

    /// <summary>Called before each wait for bytes.</summary>
    public Action? BeforeWait { get; set; }

    public long NowMs => (long)time.GetElapsedTime(begin).TotalMilliseconds;

    public void Arrive(int afterMs, string hex)
    {
        foreach (var value in Hex.Bytes(hex))
        {
            coming.Enqueue(value, (NowMs + afterMs, order++));
        }
    }

    /// <summary>Times that an answer was said to be missing.</summary>
    public int Distrusted { get; private set; }

    /// <summary>Times that it was opened, or found open.</summary>
    public int Opened { get; private set; }

    public string? Open()
    {
        Opened++;
        return Fault;
    }

    public void Reset()
    {
    }

    public void Distrust() => Distrusted++;

    public ValueTask<string?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Written.Add((NowMs, bytes.ToArray()));
        foreach (var (afterMs, hex) in answer(Written.Count))
        {
            Arrive(afterMs, hex);
        }

        return ValueTask.FromResult(Fault);
    }

    public ValueTask<LineResult> ReadAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        BeforeWait?.Invoke();
        cancellationToken.ThrowIfCancellationRequested();
        if (Fault is not null)
        {
            return ValueTask.FromResult(LineResult.Down(Fault));
        }

        var arrives = coming.TryPeek(out _, out var first) ? TimeSpan.FromMilliseconds(first.AtMs - NowMs) : TimeSpan.MaxValue;
        if (arrives > timeout)
        {
            time.Advance(timeout);
            return ValueTask.FromResult(LineResult.Silence);
        }

        time.Advance(arrives > TimeSpan.Zero ? arrives : TimeSpan.Zero);
        var count = 0;
        while (count < buffer.Length && coming.TryPeek(out _, out var next) && next.AtMs <= NowMs)
        {
            buffer.Span[count++] = coming.Dequeue();
        }

        return ValueTask.FromResult(new LineResult(count, null));
    }

    public void Dispose()
    {
    }
}
