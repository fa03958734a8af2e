namespace PondSentinel.Gateway.Commands;

/// <summary>What is said of a file that could not be read or written.</summary>
internal static class FileFailure
{
    /// <summary>What happened; and where it is a matter of rights, who may do it.</summary>
    /// <param name="failure">The failure.</param>
    public static string Said(Exception failure) => $"{failure.Message.TrimEnd('.')}{(IsOfRights(failure) && !Environment.IsPrivilegedProcess ? "; try it with sudo" : "")}";

    // The folder's keepers make an IOException of what the system says of rights.
    private static bool IsOfRights(Exception? failure) =>
        failure is not null && (failure is UnauthorizedAccessException || IsOfRights(failure.InnerException));
}
