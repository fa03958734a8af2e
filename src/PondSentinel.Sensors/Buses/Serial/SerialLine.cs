using System.Diagnostics;

namespace PondSentinel.Sensors.Buses.Serial;

/// <summary>A serial port of this machine. Opened at the first use; a port that has gone is opened again at the next.
/// </summary>
/// <remarks>While open it is this program's alone. Timeouts are the kernel's, on its monotonic clock: the silences of a fast line
/// are shorter than a timer of this runtime can tell. Disposing never hangs and ends a read or write in progress, whose result
/// then says that the line is closed.</remarks>
/// <param name="settings">Which port, and how it is set.</param>
public sealed class SerialLine(SerialSettings settings) : ISerialLine
{
    // Beyond the time that the bytes take; a port without flow control is never stopped for so long.
    private static readonly TimeSpan WriteMax = TimeSpan.FromSeconds(1);

    // Guards the port against being closed by Dispose while another thread is in one of its calls, none of which waits.
    private readonly Lock gate = new();
    private readonly PollThread poll = new($"serial {settings.Port}");
    private TtyPort? port;
    private bool closed;

    /// <inheritdoc/>
    public SerialSettings Settings => settings;

    private string ClosedText => $"{settings.Port} has been closed by this program";

    /// <inheritdoc/>
    public string? Open()
    {
        lock (gate)
        {
            if (closed)
            {
                return ClosedText;
            }

            if (port is not null && port.HasGone())
            {
                Drop();
            }

            if (port is not null)
            {
                return null;
            }

            port = TtyPort.Open(settings, out var fault);
            return fault;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<string?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        var limit = WriteMax + settings.TimeOf(bytes.Length);
        while (!bytes.IsEmpty)
        {
            var (count, fault) = Try(port => port.Write(bytes.Span));
            if (fault is not null)
            {
                return fault;
            }

            bytes = bytes[count..];
            if (count == 0 && !await ReadyAsync(Libc.PollOut, limit - Stopwatch.GetElapsedTime(begun), cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                lock (gate)
                {
                    Drop();
                    return closed ? ClosedText : $"{settings.Port} takes no bytes: unplug the adapter and plug it in again";
                }
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask<LineResult> ReadAsync(
        Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var result = Try(port => port.Read(buffer.Span));
        if (result.Count > 0 || result.Fault is not null || timeout <= TimeSpan.Zero)
        {
            return result;
        }

        var begun = Stopwatch.GetTimestamp();
        while (await ReadyAsync(Libc.PollIn, timeout - Stopwatch.GetElapsedTime(begun), cancellationToken))
        {
            result = Try(port => port.Read(buffer.Span));
            if (result.Count > 0 || result.Fault is not null)
            {
                return result;
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            return closed ? LineResult.Down(ClosedText) : LineResult.Silence;
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        lock (gate)
        {
            Drop();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
        }

        // After this nobody sleeps on the descriptor, which a new port could otherwise inherit.
        poll.Dispose();
        lock (gate)
        {
            Drop();
        }
    }

    private LineResult Try(Func<TtyPort, int> action)
    {
        lock (gate)
        {
            if (closed)
            {
                return LineResult.Down(ClosedText);
            }

            if (port is null)
            {
                throw new InvalidOperationException("The line is not open.");
            }

            var count = action(port);
            if (count >= 0)
            {
                return new LineResult(count, null);
            }

            var gone = LineResult.Down(port.GoneText);
            Drop();
            return gone;
        }
    }

    private ValueTask<bool> ReadyAsync(short events, TimeSpan timeout, CancellationToken cancellationToken)
    {
        TtyPort? open;
        lock (gate)
        {
            open = closed ? null : port;
        }

        return open is null ? ValueTask.FromResult(false) : poll.WaitAsync(open.Handle, events, timeout, cancellationToken);
    }

    private void Drop()
    {
        port?.Dispose();
        port = null;
    }
}
