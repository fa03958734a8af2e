using System.Net.Sockets;

namespace PondSentinel.Sensors.Buses.Serial;

/// <summary>A serial line behind a serial server, over TCP. Connected at the first use; a connection that has gone is made anew at
/// the next.</summary>
/// <remarks>
/// <para>A server that has lost its power or its network says nothing: the kernel's probes find out after
/// <see cref="TcpSerialSettings.DeadAfter"/>, and so do bytes that nobody acknowledges.</para>
/// <para>What a network held back may come through much later, and would be taken for the answer to a later question. So after an
/// answer that did not come in time the connection is given up, and with it whatever is still under way in it.</para>
/// <para>Not thread-safe, except that it may be disposed of at any time.</para>
/// </remarks>
/// <param name="settings">Which server, and how its line is set.</param>
/// <param name="time">For timeouts.</param>
public sealed class TcpLine(TcpSerialSettings settings, TimeProvider time) : ISerialLine
{
    // include/uapi/linux/in.h and tcp.h.
    private const int TcpProtocol = 6;
    private const int TcpUserTimeout = 18;

    private const int KeepAliveProbes = 3;
    private static readonly TimeSpan WriteMax = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private Socket? socket;
    private bool closed;

    /// <inheritdoc/>
    public SerialSettings Settings => settings;

    private string ClosedText => $"{settings.Place} has been closed by this program";

    private string GoneText => $"{settings.Place} has gone: check the serial server's power and network";

    /// <inheritdoc/>
    public string? Open()
    {
        lock (gate)
        {
            return closed ? ClosedText : socket is null ? $"{settings.Place} is not connected" : null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<string?> OpenAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (closed)
            {
                return ClosedText;
            }

            if (socket is not null && HasGone(socket))
            {
                Drop();
            }

            if (socket is not null)
            {
                return null;
            }
        }

        var fresh = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(settings.ConnectMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            Configure(fresh);
            await fresh.ConnectAsync(settings.Host, settings.TcpPort, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            fresh.Dispose();
            return $"{settings.Place} does not answer within {settings.ConnectMax.TotalSeconds:0.#} s: check its power and network";
        }
        catch (SocketException e)
        {
            fresh.Dispose();
            return Describe(e.SocketErrorCode);
        }
        catch
        {
            fresh.Dispose();
            throw;
        }

        lock (gate)
        {
            if (closed)
            {
                fresh.Dispose();
                return ClosedText;
            }

            socket = fresh;
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<string?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (Present(out var fault) is not { } open)
        {
            return fault;
        }

        using var limit = new CancellationTokenSource(WriteMax + settings.TimeOf(bytes.Length), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await open.SendAsync(bytes, either.Token)..];
            }

            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Give(up: $"{settings.Place} takes no bytes: check its network");
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return Give(up: GoneText);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<LineResult> ReadAsync(
        Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Present(out var fault) is not { } open)
        {
            return LineResult.Down(fault);
        }

        try
        {
            if (open.Available == 0 && timeout <= TimeSpan.Zero)
            {
                return HasGone(open) ? LineResult.Down(Give(up: GoneText)) : LineResult.Silence;
            }

            using var limit = new CancellationTokenSource(timeout > TimeSpan.Zero ? timeout : Timeout.InfiniteTimeSpan, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            var count = await open.ReceiveAsync(buffer, either.Token);
            return count > 0 ? new LineResult(count, null) : LineResult.Down(Give(up: GoneText));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return LineResult.Silence;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return LineResult.Down(Give(up: GoneText));
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
    public void Distrust() => Reset();

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            Drop();
        }
    }

    // Readable and nothing to read is the other side's end.
    private static bool HasGone(Socket open)
    {
        try
        {
            return open.Poll(TimeSpan.Zero, SelectMode.SelectRead) && open.Available == 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    private void Configure(Socket fresh)
    {
        var apart = Math.Max(1, (int)(settings.DeadAfter.TotalSeconds / (KeepAliveProbes + 1)));
        fresh.NoDelay = true;

        // Ends with a reset: what is still under way to the server must not reach the line after a later question.
        fresh.LingerState = new LingerOption(enable: true, seconds: 0);
        fresh.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        fresh.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, apart);
        fresh.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, apart);
        fresh.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
        fresh.SetRawSocketOption(TcpProtocol, TcpUserTimeout, BitConverter.GetBytes((int)settings.DeadAfter.TotalMilliseconds));
    }

    private string Describe(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => $"{settings.Place} refuses: is that the port of the serial server, and is nobody else connected to it?",
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => $"{settings.Host} is not known: check the name, or write its address",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown => $"there is no way to {settings.Place}: check the network",
        _ => $"{settings.Place} cannot be connected to: {error}",
    };

    private Socket? Present(out string fault)
    {
        lock (gate)
        {
            fault = closed ? ClosedText : GoneText;
            return closed ? null : socket;
        }
    }

    private string Give(string up)
    {
        lock (gate)
        {
            Drop();
            return closed ? ClosedText : up;
        }
    }

    private void Drop()
    {
        socket?.Dispose();
        socket = null;
    }
}
