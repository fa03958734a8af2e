using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace PondSentinel.Gateway.Control;

/// <summary>Serves the control socket. What comes over it, and how slowly, costs the measuring nothing.</summary>
/// <remarks>Where the socket cannot be made the journal says so and the gateway measures without it.</remarks>
/// <param name="options">Where it is.</param>
/// <param name="desk">Who answers.</param>
/// <param name="time">For its patience.</param>
/// <param name="log">The journal.</param>
/// <param name="uidOf">Who is at the other end of a connection: <see cref="ControlPeer.Uid"/>.</param>
internal sealed class ControlServer(ControlOptions options, ControlDesk desk, TimeProvider time, ILogger log, Func<Socket, uint> uidOf)
{
    /// <summary>Connections of one user that are served at once; the next takes the place of the one that is silent longest.</summary>
    public const int PlacesOfUser = 6;

    /// <summary>Connections of all users but root that are served at once. Root has <see cref="PlacesOfUser"/> of its own.</summary>
    public const int PlacesOfOthers = 2 * PlacesOfUser;

    private const uint Root = 0;
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
                if (await AcceptAsync(listener, cancellationToken) is not { } connection)
                {
                    continue;
                }

                conversations.RemoveAll(conversation => conversation.Ended.IsCompleted);
                if (await AdmitAsync(connection, conversations) is { } uid)
                {
                    conversations.Add(new ControlConversation(connection, uid, desk, time, cancellationToken));
                }
                else
                {
                    connection.Dispose();
                }
            }
        }
        finally
        {
            await Task.WhenAll(conversations.Select(conversation => conversation.Ended));
        }
    }

    // Whoever comes gets the place of the peer of the same user that has been silent longest; where all users together have too many, of
    // the user who has most. So no user keeps another out, nobody keeps root out, and who floods the place closes its own.
    private async Task<uint?> AdmitAsync(Socket connection, List<ControlConversation> conversations)
    {
        uint uid;
        try
        {
            uid = uidOf(connection);
        }
        catch (SocketException e)
        {
            log.LogWarning("control: nobody says who a caller is, so it is not served: {Reason}", e.Message);
            return null;
        }

        var own = conversations.Where(conversation => conversation.Uid == uid).ToList();
        var others = conversations.Where(conversation => conversation.Uid != Root).ToList();
        List<ControlConversation> rivals = own.Count >= PlacesOfUser ? own : uid != Root && others.Count >= PlacesOfOthers ? others : [];
        if (rivals.Count == 0)
        {
            return uid;
        }

        var idle = rivals.Where(conversation => conversation.SilentSince is not null)
            .OrderByDescending(conversation => rivals.Count(rival => rival.Uid == conversation.Uid))
            .ThenBy(conversation => conversation.SilentSince);
        if (idle.FirstOrDefault(conversation => conversation.TryClose()) is { } closed)
        {
            await closed.Ended;
            conversations.Remove(closed);
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
