using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Web.History;

namespace PondSentinel.Backend.Web.Access;

/// <summary>Asks whoever changes accounts for their own password once more: a page that was left open, or a cookie that was taken, is not
/// enough for it.</summary>
/// <param name="accounts">Who has which.</param>
/// <param name="turns">Turns for hashing.</param>
/// <param name="time">The clock.</param>
internal sealed class OwnPassword(AccountBook accounts, PasswordTurns turns, TimeProvider time)
{
    /// <summary>What an answer is called where the password was wrong: the page has words of its own for it.</summary>
    public const string Wrong = "Own password wrong";

    // By account, beside those of signing in: whoever tries there from elsewhere keeps no admin from their work.
    private readonly Buckets tries = new(5, TimeSpan.FromSeconds(30), time);

    /// <summary>Does something where the password is right.</summary>
    /// <param name="context">The request.</param>
    /// <param name="visitor">Who asks.</param>
    /// <param name="password">What they say is their password.</param>
    /// <param name="change">Does it, within the same turn: it may have another password to hash.</param>
    /// <param name="cancellationToken">Whoever asked is gone.</param>
    public async Task<IResult> ConfirmedAsync(
        HttpContext context, Visitor visitor, string password, Func<Actor, IResult> change, CancellationToken cancellationToken)
    {
        if (visitor.Name is not { } name)
        {
            return Refused("Not allowed", "Sign in for that, or use pond-backend account on this machine.");
        }

        if (accounts.Find(name) is not { HasPassword: true })
        {
            return Refused("Not allowed", $"{name} has no password here that could be asked for: use pond-backend account on the backend's machine.");
        }

        if (tries.Take(Account.KeyOf(name)) is { } wait)
        {
            var seconds = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            context.Response.Headers.RetryAfter = seconds;
            return new Problem("Too many tries", StatusCodes.Status429TooManyRequests, $"Wait {seconds} s and try again.").ToResult();
        }

        if (!await turns.WaitAsync(cancellationToken))
        {
            return new Problem("Busy", StatusCodes.Status503ServiceUnavailable, "Many people sign in just now. Try again.").ToResult();
        }

        try
        {
            if (accounts.Check(name, password) is not { } account)
            {
                accounts.Note(visitor.Acting(null), AuditAct.OwnPasswordRefused, context.Request.Path);
                return Refused(Wrong, "Your own password is wrong.");
            }

            tries.Return(Account.KeyOf(name));

            // Somebody else may have taken the role away while this one waited for a turn.
            return account.Role < visitor.Role ? Refused("Not allowed", $"{name} is {account.Role.Word} by now.") : change(visitor.Acting(null));
        }
        finally
        {
            turns.Release();
        }
    }

    private static ContentHttpResult Refused(string title, string detail) => new Problem(title, StatusCodes.Status403Forbidden, detail).ToResult();
}
