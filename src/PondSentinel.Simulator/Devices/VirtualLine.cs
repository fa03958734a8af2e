namespace PondSentinel.Simulator.Devices;

/// <summary>A serial line with virtual devices on it, behind a real terminal or a TCP port.</summary>
/// <remarks>
/// <para>Messages go out no faster than the baud rate allows. A terminal takes whole messages at once in the other direction,
/// so devices add the time that a request would have needed.</para>
/// <para>When the gateway closes its end the line gets a new terminal under the same link, as if an adapter had been
/// plugged in again: nothing that was half said, and no flag of exclusive use, is left for whoever opens it next.</para>
/// <para>Thread-safe. One thread works the line until disposed.</para>
/// </remarks>
internal sealed class VirtualLine : IDisposable
{
    // A character of 8N1 has a start bit, eight bits of data and a stop bit.
    private const int BitsPerCharacter = 10;
    private const int IdleWaitMs = 20;

    private readonly ILineDevice device;
    private readonly TimeProvider time;
    private readonly TimeSpan character;
    private readonly Func<ILineEnd> plug;
    private readonly Thread thread;
    private readonly Action<string> failed;
    private readonly long begun;
    private volatile bool ending;
    private volatile bool plugged = true;
    private volatile int onlyBaud;
    private ILineEnd? end;

    /// <summary>Makes a line of 8N1 behind a terminal and begins to work it.</summary>
    /// <param name="id">Name of the line.</param>
    /// <param name="link">Where the gateway finds it.</param>
    /// <param name="baud">Bits per second.</param>
    /// <param name="device">What hangs on it.</param>
    /// <param name="failed">Told why the line can work no more, from its own thread: there is no new terminal, or what was
    /// said cannot be logged.</param>
    /// <param name="time">The real clock.</param>
    /// <exception cref="IOException">There is no terminal, or the link cannot be made.</exception>
    public VirtualLine(
        string id, string link, int baud, ILineDevice device, Action<string> failed, TimeProvider time)
        : this(id, new LinePlace(link, baud, CharacterTime(baud), () => new Pty(link)), device, failed, time)
    {
    }

    /// <summary>Makes a line and begins to work it.</summary>
    /// <param name="id">Name of the line.</param>
    /// <param name="place">Where it is.</param>
    /// <param name="device">What hangs on it.</param>
    /// <param name="failed">Told why the line can work no more, from its own thread.</param>
    /// <param name="time">The real clock.</param>
    /// <exception cref="IOException">The cable's end cannot be made.</exception>
    public VirtualLine(string id, LinePlace place, ILineDevice device, Action<string> failed, TimeProvider time)
    {
        (Id, Link, Baud, this.device, this.failed, this.time) = (id, place.Name, place.Baud, device, failed, time);
        (character, plug) = (place.Character, place.Plug);
        begun = time.GetTimestamp();
        end = plug();
        thread = new Thread(Work) { IsBackground = true, Name = $"line {id}" };
        thread.Start();
    }

    /// <summary>Name of the line.</summary>
    public string Id { get; }

    /// <summary>Where the gateway finds it.</summary>
    public string Link { get; }

    /// <summary>Bits per second.</summary>
    public int Baud { get; }

    /// <summary>Whether the cable is plugged in; pulled out, the gateway sees a hang-up and then no port.</summary>
    public bool Plugged
    {
        get => plugged;
        set => plugged = value;
    }

    /// <summary>The only baud rate at which its devices hear and are heard; null for any, as terminals are no lines.</summary>
    public int? OnlyBaud
    {
        get => onlyBaud == 0 ? null : onlyBaud;
        set => onlyBaud = value ?? 0;
    }

    /// <summary>Time that a character takes on a line of 8N1.</summary>
    /// <param name="baud">Bits per second.</param>
    public static TimeSpan CharacterTime(int baud) => TimeSpan.FromSeconds((double)BitsPerCharacter / baud);

    /// <inheritdoc/>
    public void Dispose()
    {
        ending = true;
        thread.Join();
        end?.Dispose();
        end = null;
    }

    private TimeSpan Now => time.GetElapsedTime(begun);

    private void Work()
    {
        try
        {
            Converse();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failed(e.Message);
        }
    }

    private void Converse()
    {
        var bytes = new byte[512];
        var listening = false;
        while (!ending)
        {
            if (!plugged || end is null)
            {
                FollowPlug();
                listening = false;
                continue;
            }

            if (device.Next(Now) is { } transmission)
            {
                // A device that speaks unasked is heard by nobody while nobody listens.
                if (listening && Send(end, transmission))
                {
                    transmission.Sent?.Invoke();
                }

                continue;
            }

            switch (end.Wait(IdleWaitMs))
            {
                case LineEvent.Bytes when end.Read(bytes) is > 0 and var count:
                    listening = true;
                    if (OnlyBaud is not { } only || end.Baud is not { } set || set == only)
                    {
                        device.Receive(bytes.AsSpan(0, count), Now);
                    }

                    break;
                case LineEvent.Nothing:
                    listening = true;
                    device.Silence();
                    break;
                default:
                    listening = PlugAgainAfter(listening);
                    break;
            }
        }
    }

    private bool PlugAgainAfter(bool listening)
    {
        device.Reset();
        if (listening && !end!.IsReusable)
        {
            end.Dispose();
            end = plug();
        }

        Posix.Wait(-1, IdleWaitMs);
        return false;
    }

    private void FollowPlug()
    {
        if (plugged)
        {
            end = plug();
            return;
        }

        end?.Dispose();
        end = null;
        device.Reset();
        Posix.Wait(-1, IdleWaitMs);
    }

    // All at once, when the last bit would be there: written byte by byte, a message would get pauses from a busy machine
    // that no device makes, and the gateway would rightly take one for its end.
    private bool Send(ILineEnd to, Transmission transmission)
    {
        var start = Now;
        var onLine = transmission.Bytes.Length * character;
        while (!ending && plugged)
        {
            if (Now - start >= onLine)
            {
                return to.Write(transmission.Bytes);
            }

            Posix.Wait(-1, 1);
        }

        return false;
    }
}

/// <summary>Where a line is.</summary>
/// <param name="Name">Where the gateway finds it: a path, or a host and a port.</param>
/// <param name="Baud">Bits per second.</param>
/// <param name="Character">Time of a character.</param>
/// <param name="Plug">Makes the cable's end, each time that it is plugged in.</param>
internal sealed record LinePlace(string Name, int Baud, TimeSpan Character, Func<ILineEnd> Plug);
