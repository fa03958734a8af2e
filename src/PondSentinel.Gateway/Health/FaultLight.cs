using Microsoft.Extensions.Logging;

namespace PondSentinel.Gateway.Health;

/// <summary>A light of the machine that shines while something needs a person: on a Raspberry Pi the green <c>ACT</c>.
/// </summary>
/// <remarks>The kernel's interface: <c>/sys/class/leds/NAME/trigger</c> and <c>brightness</c> (Documentation/leds/
/// leds-class.rst). It blinks, so that it is told from one that shows the work of the card. Thread-safe where its caller is.
/// </remarks>
/// <param name="name">Its name; null where there is none.</param>
/// <param name="log">The journal.</param>
/// <param name="root">Where the file system begins; another folder in tests.</param>
internal sealed class FaultLight(string? name, ILogger log, string root = "/")
{
    private bool isUnusable;

    /// <summary>Blinks, or stops.</summary>
    /// <param name="isFault">Whether something is wrong.</param>
    public void Show(bool isFault)
    {
        if (name is null || isUnusable)
        {
            return;
        }

        try
        {
            var folder = Path.Combine(root, "sys/class/leds", name);
            File.WriteAllText(Path.Combine(folder, "trigger"), isFault ? "timer" : "none");
            if (!isFault)
            {
                File.WriteAllText(Path.Combine(folder, "brightness"), "0");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            isUnusable = true;
            log.LogWarning("health: the light {Name} cannot be set: {Reason}", name, e.Message);
        }
    }
}
