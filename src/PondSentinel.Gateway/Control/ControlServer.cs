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
    /// <summary>Connections that are served at once; the next takes the place of the one that is silent longest.</summary>
    public const int ConnectionsMax = 8;

    private const uint Root = 0;
    private const int PlacesOfRoot = 1;
    private const string GroupsPath = "/etc/group";

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
        List<ControlConversation> conversations = [];
        try
        {
            while (true)
            {
                if (await AcceptAsync(listener, cancellationToken) is { } connection)
                {
                    conversations.RemoveAll(conversation => conversation.Ended.IsCompleted);
                    if (Admit(connection, conversations) is { } uid)
                    {
                        conversations.Add(new ControlConversation(connection, uid, desk, time, cancellationToken));
                    }
                    else
                    {
                        connection.Dispose();
                    }
                }
            }
        }
        finally
        {
            await Task.WhenAll(conversations.Select(conversation => conversation.Ended));
        }
    }

    // Whoever comes gets the place of the one that has been silent longest. Where all wait for an answer root alone gets in, so that
    // no group of callers keeps it out.
    private uint? Admit(Socket connection, List<ControlConversation> conversations)
    {
        uint uid;
        try
        {
            uid = ControlPeer.Uid(connection);
        }
        catch (SocketException e)
        {
            log.LogWarning("control: nobody says who a caller is, so it is not served: {Reason}", e.Message);
            return null;
        }

        if (conversations.Count < ConnectionsMax)
        {
            return uid;
        }

        if (conversations.Where(conversation => conversation.SilentSince is not null).MinBy(conversation => conversation.SilentSince) is { } idlest)
        {
            idlest.Close();
            conversations.Remove(idlest);
            return uid;
        }

        if (uid == Root && conversations.Count < ConnectionsMax + PlacesOfRoot)
        {
            return uid;
        }

        SendBusy(connection);
        return null;
    }

    // A new connection has room for a line; nobody waits for a peer that has gone.
    private static void SendBusy(Socket connection)
    {
        try
        {
            connection.Send("{\"ok\":false,\"error\":\"all callers that are served at once wait for an answer; try again in a minute\"}\n"u8);
        }
        catch (SocketException)
        {
            // It has gone.
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
}
