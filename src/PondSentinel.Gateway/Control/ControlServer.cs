using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace PondSentinel.Gateway.Control;

/// <summary>Serves the control socket. What comes over it, and how slowly, costs the measuring nothing.</summary>
/// <remarks>Where the socket cannot be made the journal says so and the gateway measures without it.</remarks>
/// <param name="options">Where it is.</param>
/// <param name="desk">Who answers.</param>
/// <param name="time">For its patience.</param>
/// <param name="log">The journal.</param>
internal sealed class ControlServer(ControlOptions options, ControlDesk desk, TimeProvider time, ILogger log)
{
    /// <summary>Connections that are served at once; the next waits.</summary>
    public const int ConnectionsMax = 8;

    private const string GroupsPath = "/etc/group";

    /// <summary>How long a peer may take for its next request, and for taking an answer: 30 s.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    /// <summary>Serves until told to stop.</summary>
    /// <param name="cancellationToken">Tells it; ends the task without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (Listen() is not { } listener)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
                return;
            }

            using (listener)
            {
                await ServeAsync(listener, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private Socket? Listen()
    {
        try
        {
            var groups = File.Exists(GroupsPath) ? File.ReadAllText(GroupsPath) : "";
            var listener = ControlSocketFile.Listen(options.Socket, groups, out var warning);
            if (warning is not null)
            {
                log.LogWarning("control: {Socket} {Warning}", options.Socket, warning);
            }

            return listener;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            log.LogError(
                "control: no orders can be given to this gateway: {Socket}: {Reason}; name another place in [control] socket",
                options.Socket,
                e.Message);
            return null;
        }
    }

    private async Task ServeAsync(Socket listener, CancellationToken cancellationToken)
    {
        List<Task> conversations = [];
        try
        {
            while (true)
            {
                conversations.RemoveAll(conversation => conversation.IsCompleted);
                if (conversations.Count == ConnectionsMax)
                {
                    await Task.WhenAny(conversations).WaitAsync(cancellationToken);
                    continue;
                }

                if (await AcceptAsync(listener, cancellationToken) is { } connection)
                {
                    conversations.Add(ConverseAsync(connection, cancellationToken));
                }
            }
        }
        finally
        {
            await Task.WhenAll(conversations);
        }
    }

    private async Task<Socket?> AcceptAsync(Socket listener, CancellationToken cancellationToken)
    {
        try
        {
            return await listener.AcceptAsync(cancellationToken);
        }
        catch (SocketException e)
        {
            // The machine is short of something. Not at once again: it would be short of that too.
            log.LogWarning("control: a connection could not be taken: {Reason}", e.Message);
            await Task.Delay(PauseAfterFailure, time, cancellationToken);
            return null;
        }
    }

    private async Task ConverseAsync(Socket connection, CancellationToken cancellationToken)
    {
        using (connection)
        {
            try
            {
                var uid = ControlPeer.Uid(connection);
                var line = new ControlLine(connection, ControlRequest.BytesMax);
                while (await NextAsync(line, cancellationToken) is { } request)
                {
                    await AnswerAsync(line, request, uid, cancellationToken);
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The peer has gone, or took too long, or the gateway stops: nobody is left to tell.
            }
        }
    }

    // A line that is too long is answered, and then nothing more is read: nobody knows where the next one begins.
    private async Task<byte[]?> NextAsync(ControlLine line, CancellationToken cancellationToken)
    {
        using var patience = Begin(cancellationToken);
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

    private async Task AnswerAsync(ControlLine line, byte[] request, uint uid, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await desk.AnswerAsync(request, uid, cancellationToken);
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
