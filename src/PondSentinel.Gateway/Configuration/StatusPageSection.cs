using System.Net;
using PondSentinel.Gateway.StatusPage;
using PondSentinel.Toml;

namespace PondSentinel.Gateway.Configuration;

/// <summary>Reads <c>[status_page]</c>.</summary>
internal static class StatusPageSection
{
    private const string Key = "listen";

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section; null where there is none.</param>
    /// <returns>Null where there is no page.</returns>
    public static StatusPageOptions? Read(TomlSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var text = section.Text(Key) ?? StatusPageOptions.ListenUnsaid;
        section.RefuseUnknownKeys();
        if (IPEndPoint.TryParse(text, out var listen) && listen.Port > 0 && IPAddress.IsLoopback(listen.Address))
        {
            return new StatusPageOptions { Listen = listen };
        }

        section.Report(
            Key,
            $"{Key} of [{section.Name}] must be an address of this machine alone and a port: \"{text}\"",
            $"write \"{StatusPageOptions.ListenUnsaid}\" or \"[::1]:8088\"; from elsewhere it is reached by ssh -L 8088:127.0.0.1:8088");
        return null;
    }
}
