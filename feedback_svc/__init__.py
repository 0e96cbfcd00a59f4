"""feedback_svc owns what visitors think of their visit: desks' codes, questionnaires, sessions, ratings, remarks."""
