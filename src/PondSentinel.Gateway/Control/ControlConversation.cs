using System.Net.Sockets;

namespace PondSentinel.Gateway.Control;

/// <summary>What is said over one connection: a request, its answer, the next request.</summary>
internal sealed class ControlConversation
{
    private const int Silent = 0;
    private const int Answering = 1;
    private const int Closed = 2;

    private readonly Socket connection;
    private readonly ControlDesk desk;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource end;
    private int state = Silent;
    private long silentSince;

    /// <summary>Begins it.</summary>
    /// <param name="connection">The connection; closed when it ends.</param>
    /// <param name="uid">Who is at the other end.</param>
    /// <param name="desk">Who answers.</param>
    /// <param name="time">For its patience.</param>
    /// <param name="cancellationToken">The gateway stops.</param>
    public ControlConversation(Socket connection, uint uid, ControlDesk desk, TimeProvider time, CancellationToken cancellationToken)
    {
        (this.connection, Uid, this.desk, this.time) = (connection, uid, desk, time);
        end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silentSince = time.GetTimestamp();

        // Whoever begins it takes the next caller: what is asked here holds that up for no moment.
        Ended = Task.Run(() => ConverseAsync(cancellationToken), CancellationToken.None);
    }

    /// <summary>How long a peer may take for its next request, and for taking an answer: 30 s.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Who is at the other end.</summary>
    public uint Uid { get; }

    /// <summary>Completes when it is over, never with an exception.</summary>
    public Task Ended { get; }

    /// <summary>Since when the peer has been asking nothing that can be answered, a timestamp; null while it is being answered.</summary>
    public long? SilentSince => Volatile.Read(ref state) == Answering ? null : Volatile.Read(ref silentSince);

    /// <summary>Ends it where nothing is being answered. It is over at once then: it waits for nothing but its peer.</summary>
    /// <returns>Whether it ends.</returns>
    public bool TryClose()
    {
        if (Interlocked.CompareExchange(ref state, Closed, Silent) == Answering)
        {
            return false;
        }

        try
        {
            end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }

        return true;
    }

    private async Task ConverseAsync(CancellationToken cancellationToken)
    {
        using (connection)
        using (end)
        {
            try
            {
                var line = new ControlLine(connection, ControlRequest.BytesMax);
                while (await NextAsync(line) is { } request && await TryAnswerAsync(line, request, cancellationToken))
                {
                    // Who asks without a pause gets his turn with everybody else.
                    await Task.Yield();
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The peer has gone, or took too long, or another took its place, or the gateway stops: nobody is left to tell.
            }
        }
    }

    // A line that is too long is answered, and then nothing more is read: nobody knows where the next one begins.
    private async Task<byte[]?> NextAsync(ControlLine line)
    {
        using var patience = Begin(end.Token);
        try
        {
            return await line.ReceiveAsync(patience.Token);
        }
        catch (ControlRefusedException e)
        {
            await RefuseAsync(line, e, patience.Token);
            return null;
        }
    }

    // What is no request keeps nobody's place. A request that was begun is done and answered, whoever comes.
    private async Task<bool> TryAnswerAsync(ControlLine line, byte[] bytes, CancellationToken cancellationToken)
    {
        ControlRequest request;
        try
        {
            request = ControlRequest.Parse(bytes, Uid);
        }
        catch (ControlRefusedException e)
        {
            using var patience = Begin(end.Token);
            await RefuseAsync(line, e, patience.Token);
            return true;
        }

        if (Interlocked.CompareExchange(ref state, Answering, Silent) != Silent)
        {
            return false;
        }

        await AnswerAsync(line, request, cancellationToken);
        Volatile.Write(ref silentSince, time.GetTimestamp());
        Volatile.Write(ref state, Silent);
        return true;
    }

    private async Task AnswerAsync(ControlLine line, ControlRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await desk.AnswerAsync(request, cancellationToken);
            using var patience = Begin(cancellationToken);
            await line.SendAsync(
                json =>
                {
                    json.WriteBoolean("ok", true);
                    json.WriteStartObject("body");
                    answer.Write(json);
                    json.WriteEndObject();
                },
                patience.Token);
        }
        catch (ControlRefusedException e)
        {
            using var patience = Begin(cancellationToken);
            await RefuseAsync(line, e, patience.Token);
        }
    }

    private static ValueTask RefuseAsync(ControlLine line, ControlRefusedException refusal, CancellationToken cancellationToken) =>
        line.SendAsync(
            json =>
            {
                json.WriteBoolean("ok", false);
                json.WriteString("error", refusal.Message);
            },
            cancellationToken);

    private Deadline Begin(CancellationToken cancellationToken) => new(Patience, time, cancellationToken);

    private sealed class Deadline : IDisposable
    {
        private readonly CancellationTokenSource limit;
        private readonly CancellationTokenSource either;

        public Deadline(TimeSpan after, TimeProvider time, CancellationToken cancellationToken)
        {
            limit = new CancellationTokenSource(after, time);
            either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        }

        public CancellationToken Token => either.Token;

        public void Dispose()
        {
            either.Dispose();
            limit.Dispose();
        }
    }
}
